namespace OciTools.RootFs;

/// <summary>The media types of layers by how they are packed.</summary>
internal static class LayerMediaTypes
{
    public static string ToMediaType(this LayerCompression compression) => compression switch
    {
        LayerCompression.Gzip => MediaTypes.OciLayerGzip,
        LayerCompression.Zstd => MediaTypes.OciLayerZstd,
        _ => MediaTypes.OciLayer,
    };
}
