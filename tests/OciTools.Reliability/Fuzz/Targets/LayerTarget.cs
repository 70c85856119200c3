using OciTools.RootFs;

namespace OciTools.Reliability.Fuzz.Targets;

/// <summary>A layer that is packed.</summary>
internal abstract class LayerTarget : FuzzTarget
{
    private const int MostRead = 16 * 1024 * 1024;

    private static readonly LayerLimits s_limits = new() { MaximumWindow = 8 * 1024 * 1024 };

    public sealed override async Task RunAsync(byte[] input)
    {
        var layer = new Descriptor
        {
            MediaType = MediaTypes.OciLayer,
            Digest = Digest.Compute(input),
            Size = input.Length,
        };
        await using LayerStream stream = await LayerStream.OpenAsync(new MemoryStream(input), layer, limits: s_limits);
        byte[] buffer = new byte[32 * 1024];
        long read = 0;
        while (read < MostRead && await stream.ReadAsync(buffer) is > 0 and int count)
            read += count;
    }
}
