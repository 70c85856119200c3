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

    // Weak, so that the collector may have the memory when nobody transfers anything.
    private static readonly ConcurrentBag<WeakReference<byte[]>> s_free = [];

    public static Memory<byte> Rent()
    {
        while (s_free.TryTake(out WeakReference<byte[]>? free))
        {
            if (free.TryGetTarget(out byte[]? kept))
                return Align(kept);
        }

        return Align(GC.AllocateUninitializedArray<byte>(Length + Alignment, pinned: true));
    }

    public static void Return(Memory<byte> buffer)
    {
        if (s_free.Count < MaximumKept && MemoryMarshal.TryGetArray(buffer, out ArraySegment<byte> segment))
            s_free.Add(new WeakReference<byte[]>(segment.Array!));
    }

    private static Memory<byte> Align(byte[] array)
    {
        int past = (int)(Marshal.UnsafeAddrOfPinnedArrayElement(array, 0) % Alignment);
        return array.AsMemory(Alignment - past, Length);
    }
}
