using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace OciTools.RootFs;

/// <summary>
/// The paths that one layer has put something at. Whiteouts spare them, wherever they stand in the layer. Only 128 bits
/// of a hash are kept of each path, so that a layer of a million entries does not need its million names in memory.
/// </summary>
internal sealed class TouchedPaths
{
    private readonly HashSet<UInt128> _hashes = [];

    public void Clear() => _hashes.Clear();

    /// <summary>Adds a path; false when it is there already.</summary>
    public bool Add(string path) => _hashes.Add(Hash(path));

    public bool Contains(string path) => _hashes.Contains(Hash(path));

    private static UInt128 Hash(string path)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes<char>(path), hash);
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }
}
