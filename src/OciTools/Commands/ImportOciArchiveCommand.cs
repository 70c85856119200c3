using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>Copies the images of archives to a registry or layout, without changing a byte.</summary>
[Cmdlet(VerbsData.Import, "OciArchive", SupportsShouldProcess = true, DefaultParameterSetName = PathSet)]
[OutputType(typeof(OciTransferResult))]
public sealed class ImportOciArchiveCommand : OciTransferCmdlet
{
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const string InputObjectSet = "InputObject";

    private readonly HashSet<string> _imported = new(StringComparer.Ordinal);
    private ImageReference _destination = null!;

    /// <summary>
    /// The archives: OCI's, Docker's or both in one; plain, or packed with gzip or zstd. Wildcards are allowed.
    /// </summary>
    [Parameter(ParameterSetName = PathSet, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The archives, as Get-ChildItem finds them. Wildcard characters are taken literally.</summary>
    [Parameter(ParameterSetName = LiteralPathSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>
    /// What Export-OciArchive wrote with -PassThru. Each archive is imported once, with all its images.
    /// </summary>
    [Parameter(ParameterSetName = InputObjectSet, Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public OciTransferResult[] InputObject { get; set; } = [];

    /// <summary>
    /// Where the images go: a repository such as registry.example/app or a layout such as oci:images/app. With a tag it
    /// takes one image; without, each image keeps its own.
    /// </summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ReferenceTransformation]
    [ValidateNotNull]
    public ImageReference Destination { get; set; } = null!;

    /// <summary>The images to import, by their name in the archive or by digest. Without it all are imported.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <summary>Checks everything that the destination has already, and writes again what is broken.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            _destination = PathResolver.Resolve(SessionState.Path, Destination);
        }
        catch (OciException exception)
        {
            ThrowTerminating(exception, Destination);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (OciTransferResult result in InputObject)
        {
            if (ArchiveOf(result) is { } archive && _imported.Add(archive))
                Import(archive);
        }

        foreach (string path in ParameterSetName == LiteralPathSet ? LiteralPath : Path)
        {
            foreach (string file in FilesOf(path))
                Import(file);
        }
    }

    private string? ArchiveOf(OciTransferResult result)
    {
        ImageReference place = result.Destination;
        if (place.Transport is TransportKind.OciArchive or TransportKind.DockerArchive)
            return place.Path;
        var exception = new OciException(
            OciErrorCode.PathNotSupported, $"{place} is no archive. Copy the image with Copy-OciImage.", place);
        WriteError(ErrorMap.ToErrorRecord(exception, place));
        return null;
    }

    private IReadOnlyList<string> FilesOf(string path)
    {
        try
        {
            return ParameterSetName == LiteralPathSet
                ? [PathResolver.Resolve(SessionState.Path, path)]
                : PathResolver.Expand(SessionState.Path, path);
        }
        catch (OciException exception)
        {
            WriteError(ErrorMap.ToErrorRecord(exception, path));
            return [];
        }
    }

    private void Import(string file)
    {
        string name = System.IO.Path.GetFileName(file);
        ImageReference place = _destination.IsTagImplied ? _destination.WithoutName() : _destination;
        if (!ShouldProcess(place.ToString(), $"Import {name}"))
            return;

        var request = new ImportArchiveRequest
        {
            Path = file,
            Destination = _destination,
            Names = Name,
            Platforms = Platform,
            IndexMode = IndexMode,
            Force = Force,
            ThrottleLimit = ThrottleLimit,
            DestinationOptions = Options,
        };
        Run(
            $"Import {name}",
            file,
            (progress, token) => new ImportArchiveOperation(Session).RunAsync(request, progress, token),
            results => PassThru ? results : []);
    }
}
