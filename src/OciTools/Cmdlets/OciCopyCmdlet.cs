using System.Management.Automation;
using OciTools.Binding;
using OciTools.Operations;

namespace OciTools.Cmdlets;

/// <summary>The base of cmdlets that copy images: what is copied.</summary>
public abstract class OciCopyCmdlet : OciRegistryCmdlet
{
    /// <summary>
    /// The image to copy: text such as nginx:1.27 or oci:images/app:1.0, or an object of Get-OciManifest or Get-OciTag.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Image")]
    [ReferenceTransformation]
    [ValidateNotNullOrEmpty]
    public ImageReference[] Reference { get; set; } = [];

    /// <summary>
    /// How the image's index describes it; comes with the objects of Get-OciManifest, so that the copy keeps the
    /// platform.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public Descriptor? Descriptor { get; set; }

    /// <summary>
    /// The platforms to copy, for example linux/arm64. Without it the whole image is copied. Several need -IndexMode.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    [ValidateNotNullOrEmpty]
    public Platform[] Platform { get; set; } = [];

    /// <summary>
    /// What becomes of the index when -Platform names some of its platforms: Preserve copies everything, Sparse keeps
    /// the index and leaves the others out, Rewrite makes a new index of those that are named.
    /// </summary>
    [Parameter]
    public IndexMode? IndexMode { get; set; }

    /// <summary>Fetches and copies layers that live outside the registry. Without it they stay references.</summary>
    [Parameter]
    public SwitchParameter IncludeExternalLayer { get; set; }

    /// <summary>Copies what refers to the image as well: signatures, attestations, bills of materials.</summary>
    [Parameter]
    public SwitchParameter IncludeReferrers { get; set; }

    /// <summary>Copies the tags that are named after the image's digests as well, such as sha256-….sig.</summary>
    [Parameter]
    public SwitchParameter IncludeDigestTag { get; set; }

    /// <summary>Checks everything that the destination has already, and writes again what is broken.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>How many transfers run at once, from 1 to 64.</summary>
    /// <value>8 by default.</value>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = CopyImageRequest.DefaultThrottleLimit;

    /// <summary>Writes what was done to the pipeline, with the image's new place.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Platform.Length > 1 && IndexMode is null)
            ThrowTerminating(
                new ArgumentException(
                    "Several platforms need -IndexMode: Preserve, Sparse or Rewrite says what becomes of the index. "
                    + "To copy platforms as images of their own, pipe them from Get-OciManifest."),
                Platform);
        if (Platform.Length == 0 && IndexMode is { } mode)
            ThrowTerminating(
                new ArgumentException($"-IndexMode {mode} chooses among platforms. Name them with -Platform."), mode);
    }

    /// <summary>Copies one image, after asking whether to.</summary>
    private protected void Copy(
        string verb, ImageReference source, ImageReference destination, RegistryOptions destinationOptions)
    {
        string place;
        try
        {
            bool keepsName = destination.IsTagImplied && source.Tag is not null;
            place = (keepsName ? destination.WithNameOf(source.Tag!) : destination).ToString();
        }
        catch (OciException exception)
        {
            WriteError(ErrorMap.ToErrorRecord(exception, source));
            return;
        }

        if (!ShouldProcess(place, $"{verb} {source.FamiliarName}"))
            return;

        var request = new CopyImageRequest
        {
            Source = source,
            Destination = destination,
            Descriptor = Descriptor,
            Platforms = Platform,
            IndexMode = IndexMode,
            IncludeExternalLayer = IncludeExternalLayer,
            IncludeReferrers = IncludeReferrers,
            IncludeDigestTag = IncludeDigestTag,
            Force = Force,
            ThrottleLimit = ThrottleLimit,
            SourceOptions = Options,
            DestinationOptions = destinationOptions,
        };
        Run(
            $"{verb} {source.FamiliarName}",
            source,
            (progress, token) => new CopyImageOperation(Session).RunAsync(request, progress, token),
            writeResult: PassThru);
    }
}
