using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace OciTools.Layout;

/// <summary>Buffers for <see cref="DirectWrite"/>: at an address and of a length that every disk takes.</summary>
internal static class BlockBuffers
{
    /// <summary>The length of a buffer: 512 KiB, below which direct writes cost more than they save.</summary>
    public const int Length = 512 * 1024;

    /// <summary>What the address of a buffer, and where it goes to in a file, must be a multiple of.</summary>
    public const int Alignment = 4096;
    private const int MaximumKept = 16;

    private static readonly ConcurrentBag<Memory<byte>> s_free = [];

    public static Memory<byte> Rent()
    {
        if (s_free.TryTake(out Memory<byte> buffer))
            return buffer;
        byte[] array = GC.AllocateUninitializedArray<byte>(Length + Alignment, pinned: true);
        int past = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) % Alignment);
        return array.AsMemory(Alignment - past, Length);
    }

    public static void Return(Memory<byte> buffer)
    {
        if (s_free.Count < MaximumKept)
            s_free.Add(buffer);
    }
}
