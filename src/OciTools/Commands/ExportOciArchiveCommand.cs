using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>Writes images into one archive: a tar that other tools and docker load read.</summary>
[Cmdlet(VerbsData.Export, "OciArchive", SupportsShouldProcess = true)]
[OutputType(typeof(OciTransferResult))]
public sealed class ExportOciArchiveCommand : OciSourceCmdlet
{
    private static readonly HashSet<string> s_packedExtensions =
        new(StringComparer.OrdinalIgnoreCase) { ".gz", ".tgz", ".zst", ".tzst" };

    private readonly List<ArchiveImage> _images = [];
    private string _path = null!;

    /// <summary>The file to write, for example images.tar. Wildcard characters are taken literally.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = null!;

    /// <summary>
    /// What the archive looks like inside: Oci is an image layout, Docker is what docker save writes, without digests,
    /// and Hybrid is a layout that docker load reads as well.
    /// </summary>
    /// <value>Hybrid.</value>
    [Parameter]
    public ArchiveFormat Format { get; set; }

    /// <summary>
    /// The platform that docker load gets of each image, for example linux/arm64. Without it the one for Linux on this
    /// machine, or else the first of the image.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    [ValidateNotNull]
    public Platform? LoadPlatform { get; set; }

    /// <summary>Replaces the file if it exists.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            _path = PathResolver.Resolve(SessionState.Path, Path);
        }
        catch (OciException exception)
        {
            ThrowTerminating(exception, Path);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ImageReference reference in Reference)
        {
            try
            {
                ImageReference image = PathResolver.Resolve(SessionState.Path, reference);
                _images.Add(new ArchiveImage(image) { Descriptor = Descriptor });
            }
            catch (OciException exception)
            {
                // An archive that lacks an image would look like one with all of them.
                ThrowTerminating(exception, reference);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_images.Count == 0)
            return;
        string action = $"Export {string.Join(", ", _images.Select(image => image.Reference.FamiliarName))}";
        if (!ShouldProcess(_path, action))
            return;
        if (s_packedExtensions.Contains(System.IO.Path.GetExtension(_path)))
            WriteWarning($"'{_path}' is written as a plain tar, whatever its name says. Programs that go by names need .tar.");

        var request = new ExportArchiveRequest
        {
            Images = _images,
            Path = _path,
            Format = Format,
            LoadPlatform = LoadPlatform,
            Platforms = Platform,
            IndexMode = IndexMode,
            IncludeExternalLayer = IncludeExternalLayer,
            IncludeReferrers = IncludeReferrers,
            IncludeDigestTag = IncludeDigestTag,
            ConvertSchema1 = ConvertSchema1,
            Force = Force,
            ThrottleLimit = ThrottleLimit,
            SourceOptions = Options,
        };
        Run(
            action,
            _path,
            (progress, token) => new ExportArchiveOperation(Session).RunAsync(request, progress, token),
            results => PassThru ? results : []);
    }
}
