namespace OciTools.Operations;

/// <summary>A file in a layer.</summary>
/// <param name="Layer">The number of the layer; the highest is 0.</param>
/// <param name="Item">What it is.</param>
/// <param name="Content">The content; null when it is too large.</param>
internal sealed record LayerFile(int Layer, OciLayerItem Item, byte[]? Content);
