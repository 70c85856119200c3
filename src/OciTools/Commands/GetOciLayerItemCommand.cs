using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>Lists what is in the layers of images: files, directories, links, and what a layer takes away.</summary>
[Cmdlet(VerbsCommon.Get, "OciLayerItem", DefaultParameterSetName = LayerSet)]
[OutputType(typeof(OciLayerItem))]
public sealed class GetOciLayerItemCommand : OciRegistryCmdlet
{
    private const string ReferenceSet = "Reference";

    // The default, because a layer has a reference too, and PowerShell tries the default first.
    private const string LayerSet = "Layer";

    private WildcardPattern[] _patterns = [];

    /// <summary>The image: text such as nginx:1.27, or an object of Get-OciManifest or Get-OciTag.</summary>
    [Parameter(
        ParameterSetName = ReferenceSet,
        Mandatory = true,
        Position = 0,
        ValueFromPipeline = true,
        ValueFromPipelineByPropertyName = true)]
    [Alias("Image")]
    [ReferenceTransformation]
    [ValidateNotNullOrEmpty]
    public ImageReference[] Reference { get; set; } = [];

    /// <summary>Layers of Get-OciLayer, to list what is in these alone.</summary>
    [Parameter(ParameterSetName = LayerSet, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [ValidateNotNullOrEmpty]
    public OciLayer[] Layer { get; set; } = [];

    /// <summary>
    /// The paths to show, for example etc/*.conf; wildcards are allowed, they match slashes too, and case counts.
    /// Without it all are shown.
    /// </summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>
    /// The platform, for example linux/arm64. Without it the only one there is, or of several the one for Linux on this
    /// machine.
    /// </summary>
    [Parameter(ParameterSetName = ReferenceSet)]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    [ValidateNotNull]
    public Platform? Platform { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _patterns =
            [.. Path.Select(path => WildcardPattern.Get(path.TrimStart('/'), WildcardOptions.CultureInvariant))];
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == LayerSet)
            ListLayers();
        else
            ListImages();
    }

    private void ListImages()
    {
        foreach (ImageReference reference in Resolve(Reference))
        {
            var request = new GetLayerItemRequest { Reference = reference, Platform = Platform, Options = Options };
            Run($"List layers of {reference.FamiliarName}", reference, (progress, token) =>
                new GetLayerItemOperation(Session).RunAsync(request, progress, token).Where(IsWanted));
        }
    }

    private void ListLayers()
    {
        foreach (OciLayer layer in Layer)
        {
            Run($"List a layer of {layer.Reference.FamiliarName}", layer, (progress, token) =>
                new GetLayerItemOperation(Session).RunAsync(layer, null, Options, progress, token).Where(IsWanted));
        }
    }

    private bool IsWanted(OciLayerItem item) =>
        _patterns.Length == 0 || Array.Exists(_patterns, pattern => pattern.IsMatch(item.Path));
}
