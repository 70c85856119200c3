using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>Gets the manifests of images: one for each platform.</summary>
[Cmdlet(VerbsCommon.Get, "OciManifest", DefaultParameterSetName = ManifestSet)]
[OutputType(typeof(OciManifest), ParameterSetName = [ManifestSet])]
[OutputType(typeof(OciIndex), ParameterSetName = [IndexSet])]
public sealed class GetOciManifestCommand : OciRegistryCmdlet
{
    private const string ManifestSet = "Manifest";
    private const string IndexSet = "Index";

    /// <summary>
    /// The image: text such as nginx, ghcr.io/owner/app:1.0 or oci:images/app, or an object of Get-OciTag.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Image")]
    [ReferenceTransformation]
    [ValidateNotNullOrEmpty]
    public ImageReference[] Reference { get; set; } = [];

    /// <summary>The platforms to show, for example linux/arm64. Without it all are shown.</summary>
    [Parameter(ParameterSetName = ManifestSet)]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    [ValidateNotNullOrEmpty]
    public Platform[] Platform { get; set; } = [];

    /// <summary>Shows the entries that hold attestations too, which are for no platform.</summary>
    [Parameter(ParameterSetName = ManifestSet)]
    public SwitchParameter IncludeAttestation { get; set; }

    /// <summary>
    /// Reads the manifest of each platform as well, for its layers and its size. Registries count each as a download.
    /// </summary>
    [Parameter(ParameterSetName = ManifestSet)]
    public SwitchParameter Detailed { get; set; }

    /// <summary>Gets the index of a multi-platform image itself.</summary>
    [Parameter(Mandatory = true, ParameterSetName = IndexSet)]
    public SwitchParameter Index { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ImageReference reference in Resolve(Reference))
        {
            string activity = $"Get {reference.FamiliarName}";
            if (Index)
                Run(activity, reference, (progress, token) =>
                    new GetManifestOperation(Session).GetIndexAsync(reference, Options, progress, token));
            else
                Run(activity, reference, (progress, token) =>
                    new GetManifestOperation(Session).RunAsync(RequestFor(reference), progress, token));
        }
    }

    private GetManifestRequest RequestFor(ImageReference reference) => new()
    {
        Reference = reference,
        Platforms = Platform,
        IncludeAttestation = IncludeAttestation,
        Detailed = Detailed,
        Options = Options,
    };
}
