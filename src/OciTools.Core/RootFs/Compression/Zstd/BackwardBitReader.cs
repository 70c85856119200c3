using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace OciTools.RootFs;

/// <summary>
/// Reads a bit stream from its end to its start, as entropy-coded streams are stored (RFC 8878, section 4.1). Reading
/// beyond the start gives zeros; <see cref="IsOverrun"/> and <see cref="IsExhausted"/> tell afterwards.
/// </summary>
/// <remarks>
/// The next bits stand at the top of a 64-bit word. <see cref="Refill"/> makes at least 56 valid as long as the stream
/// has them, so that several short reads need one refill.
/// </remarks>
internal ref struct BackwardBitReader
{
    /// <summary>How many readable bytes must stand before each stream.</summary>
    public const int Margin = sizeof(ulong);

    /// <summary>How many bits are there at least after <see cref="Refill"/>.</summary>
    public const int MinimumBits = 56;

    private readonly ref byte _origin;
    private readonly int _start;
    private int _position;
    private int _count;
    private ulong _bits;

    /// <summary>Starts behind the mark that ends the stream: the highest bit that is set in its last byte.</summary>
    /// <param name="buffer">Holds the stream, and <see cref="Margin"/> bytes before it.</param>
    /// <param name="start">Where the stream starts.</param>
    /// <param name="length">Its length.</param>
    /// <exception cref="ZstdException">The stream is empty or has no end mark.</exception>
    public BackwardBitReader(ReadOnlySpan<byte> buffer, int start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(start, Margin);
        if (length <= 0 || buffer[start + length - 1] == 0)
            throw new ZstdException("a bit stream has no end mark");

        _origin = ref Unsafe.AsRef(in buffer[0]);
        _start = start;
        _position = start + length;
        Refill();
        Skip(EndMarkLength(buffer[start + length - 1]));
    }

    /// <summary>Goes on with a stream of which some bits have been read.</summary>
    /// <param name="buffer">Holds the stream, and <see cref="Margin"/> bytes before it.</param>
    /// <param name="start">Where the stream starts.</param>
    /// <param name="position">Where the part that has not been read ends.</param>
    /// <param name="consumed">How many bits before the position have been read, at most 8.</param>
    public BackwardBitReader(ReadOnlySpan<byte> buffer, int start, int position, int consumed)
    {
        _origin = ref Unsafe.AsRef(in buffer[0]);
        _start = start;
        _position = position;
        Refill();
        Skip(consumed);
    }

    /// <summary>Whether all bits have been read, and no more.</summary>
    public readonly bool IsExhausted => _position == _start && _count == 0;

    /// <summary>Whether more bits have been read than there were.</summary>
    public readonly bool IsOverrun => _count < 0;

    /// <summary>The length of the end mark, with the zeros above it.</summary>
    public static int EndMarkLength(byte last) => BitOperations.LeadingZeroCount((uint)last) - 23;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Refill()
    {
        if (_position - _start >= sizeof(ulong))
        {
            _bits |= ReadWord(_position - sizeof(ulong)) >> _count;
            int bytes = (63 - _count) >> 3;
            _position -= bytes;
            _count += bytes * 8;
        }
        else
        {
            RefillNearStart();
        }
    }

    /// <summary>Reads up to 56 bits as a number; 0 bits are the number 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Read(int count)
    {
        // Shifting by 64 would shift by 0: the processor takes the count modulo 64.
        ulong value = (_bits >> 1) >> (63 - count);
        Skip(count);
        return (uint)value;
    }

    /// <summary>The next bits as a number, at least one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Peek(int count) => (int)(_bits >> (64 - count));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Skip(int count)
    {
        _bits <<= count;
        _count -= count;
    }

    private void RefillNearStart()
    {
        int available = _position - _start;
        if (available == 0 || _count < 0)
            return;

        int foreign = (sizeof(ulong) - available) * 8;
        ulong word = (ReadWord(_position - sizeof(ulong)) >> foreign) << foreign;
        int bytes = Math.Min((63 - _count) >> 3, available);
        _bits |= word >> _count;
        _position -= bytes;
        _count += bytes * 8;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ulong ReadWord(int position)
    {
        ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref _origin, position));
        return BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
    }
}
