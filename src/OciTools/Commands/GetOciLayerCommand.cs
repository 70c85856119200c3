using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>Gets the layers of images, and the step that made each.</summary>
[Cmdlet(VerbsCommon.Get, "OciLayer")]
[OutputType(typeof(OciLayer))]
public sealed class GetOciLayerCommand : OciRegistryCmdlet
{
    /// <summary>The image: text such as nginx:1.27, or an object of Get-OciManifest or Get-OciTag.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Image")]
    [ReferenceTransformation]
    [ValidateNotNullOrEmpty]
    public ImageReference[] Reference { get; set; } = [];

    /// <summary>The platforms to show, for example linux/arm64. Without it all are shown.</summary>
    [Parameter]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    [ValidateNotNullOrEmpty]
    public Platform[] Platform { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ImageReference reference in Resolve(Reference))
        {
            var request = new GetManifestRequest { Reference = reference, Platforms = Platform, Options = Options };
            Run($"Get layers of {reference.FamiliarName}", reference, (progress, token) =>
                new GetLayerOperation(Session).RunAsync(request, progress, token));
        }
    }
}
