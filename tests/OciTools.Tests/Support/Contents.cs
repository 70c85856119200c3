using System.Text;

namespace OciTools.Tests;

/// <summary>Makes descriptors to speak of.</summary>
internal static class Contents
{
    public static Descriptor Blob(string name, long size) => new()
    {
        MediaType = MediaTypes.OciLayerGzip,
        Digest = Digest.Compute(Encoding.UTF8.GetBytes(name)),
        Size = size,
    };

    public static TransferEvent Event(
        TransferEventKind kind, Descriptor? descriptor = null, long bytes = 0, string? message = null) =>
        new() { Kind = kind, Descriptor = descriptor, Bytes = bytes, Message = message };
}
