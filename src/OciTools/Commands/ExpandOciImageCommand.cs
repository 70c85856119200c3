using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>Unpacks images: applies their layers to a directory, a tar or a git history.</summary>
[Cmdlet(VerbsData.Expand, "OciImage", DefaultParameterSetName = DirectorySet, SupportsShouldProcess = true)]
[OutputType(typeof(OciExpandResult))]
public sealed class ExpandOciImageCommand : OciUnpackingCmdlet
{
    private const string DirectorySet = "Directory";
    private const string TarSet = "Tar";
    private const string GitSet = "Git";

    private readonly HashSet<string> _written = new(StringComparer.Ordinal);
    private bool _isPathGiven;

    /// <summary>
    /// The image to unpack: text such as nginx:1.27 or oci:images/app:1.0, or an object of Get-OciManifest or
    /// Get-OciTag.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Image")]
    [ReferenceTransformation]
    [ValidateNotNullOrEmpty]
    public ImageReference[] Reference { get; set; } = [];

    /// <summary>
    /// The directory, tar file or git repository. A directory or repository is made if it does not exist. Wildcard
    /// characters are taken literally. For several images, a script block names one for each: $_ is the image.
    /// </summary>
    /// <value>
    /// A name in the current location: that of the image, for a tar with .tar and for a repository with .git after it.
    /// </value>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    public string? Path { get; set; }

    /// <summary>
    /// The platform, for example linux/arm64. Without it the only one there is, or of several the one for Linux on this
    /// machine.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    [ValidateNotNull]
    public Platform? Platform { get; set; }

    /// <summary>Writes one tar that has what the layers have together.</summary>
    [Parameter(ParameterSetName = TarSet, Mandatory = true)]
    public SwitchParameter AsTar { get; set; }

    /// <summary>
    /// Writes a branch of a git repository, with a commit for each layer. The repository is made as a bare one if it
    /// does not exist. Needs git.
    /// </summary>
    [Parameter(ParameterSetName = GitSet, Mandatory = true)]
    public SwitchParameter AsGit { get; set; }

    /// <summary>The branch of the repository.</summary>
    /// <value>main.</value>
    [Parameter(ParameterSetName = GitSet)]
    [ValidateNotNullOrEmpty]
    public string Branch { get; set; } = ExpandImageRequest.DefaultBranch;

    /// <summary>Gives each layer a branch of its own as well: main-layer-1 for the lowest of main.</summary>
    [Parameter(ParameterSetName = GitSet)]
    public SwitchParameter BranchPerLayer { get; set; }

    /// <summary>
    /// The file that records what cannot be applied to the directory, such as owners without the right to set them.
    /// </summary>
    /// <value>A file beside the directory: its name and .oci.jsonl.</value>
    [Parameter(ParameterSetName = DirectorySet)]
    [ValidateNotNullOrEmpty]
    public string? RecordPath { get; set; }

    /// <summary>
    /// Writes into a directory that is not empty, where what the image has replaces what has its name and other things
    /// stay; replaces a tar; moves a branch.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes what was done to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private ExpandForm Form => ParameterSetName switch
    {
        TarSet => ExpandForm.Tar,
        GitSet => ExpandForm.Git,
        _ => ExpandForm.Directory,
    };

    private string Extension => Form switch
    {
        ExpandForm.Tar => ".tar",
        ExpandForm.Git => ".git",
        _ => "",
    };

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if ((ParameterSetName == TarSet && !AsTar) || (ParameterSetName == GitSet && !AsGit))
            ThrowTerminating(
                new ArgumentException("-AsTar:$false and -AsGit:$false mean nothing. Leave them out for a directory."),
                target: null);
        // PowerShell runs script blocks only for parameters that the pipeline may bind. What piped objects call their
        // path is where they are, not where to unpack them.
        _isPathGiven = IsBound(nameof(Path));
        if (RecordPath is not null)
            RecordPath = ResolveOrStop(RecordPath);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ImageReference reference in Resolve(Reference))
        {
            if (DestinationOf(reference) is not { } destination)
                continue;
            if (_written.Contains(destination) && !Force)
                WriteError(ErrorMap.ToErrorRecord(AlreadyUsed(destination), reference));
            else
                Expand(reference, destination);
        }
    }

    private static OciException AlreadyUsed(string destination) => new(
        OciErrorCode.DestinationExists,
        $"'{destination}' has another image of this command. Give each a place of its own with a script block: "
        + "-Path { $_.Platform.Architecture }, for example.",
        destination);

    private void Expand(ImageReference reference, string destination)
    {
        if (!ShouldProcess(destination, $"Expand {reference.FamiliarName}"))
            return;

        var request = new ExpandImageRequest
        {
            Reference = reference,
            Platform = Platform,
            Form = Form,
            Destination = destination,
            Force = Force,
            RecordPath = RecordPath,
            Branch = Branch,
            BranchPerLayer = BranchPerLayer,
            Limits = Limits,
            Options = Options,
        };
        Run(
            $"Expand {reference.FamiliarName}",
            reference,
            (progress, token) => new ExpandImageOperation(Session).RunAsync(request, progress, token),
            result =>
            {
                _written.Add(destination);
                return PassThru ? [result] : [];
            });
    }

    private string? DestinationOf(ImageReference reference)
    {
        if (_isPathGiven)
            return ResolveOrStop(Path);
        try
        {
            return PathResolver.Resolve(SessionState.Path, $"./{reference.DefaultName}{Extension}");
        }
        catch (OciException exception)
        {
            WriteError(ErrorMap.ToErrorRecord(exception, reference));
            return null;
        }
    }

    private string ResolveOrStop(string? path)
    {
        if (string.IsNullOrEmpty(path))
            ThrowTerminating(new ArgumentException("The path is empty. Name a place to unpack to."), path);
        try
        {
            return PathResolver.Resolve(SessionState.Path, path!);
        }
        catch (OciException exception)
        {
            ThrowTerminating(exception, path);
            throw;
        }
    }
}
