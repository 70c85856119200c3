using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace OciTools.RootFs;

/// <summary>The hash XXH64 with the seed 0, the checksum of Zstandard frames.</summary>
internal sealed class XxHash64
{
    private const int StripeLength = 32;
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;

    private readonly byte[] _rest = new byte[StripeLength];
    private int _restLength;
    private long _length;
    private ulong _lane1;
    private ulong _lane2;
    private ulong _lane3;
    private ulong _lane4;

    public XxHash64() => Reset();

    public void Reset()
    {
        _restLength = 0;
        _length = 0;
        _lane1 = unchecked(Prime1 + Prime2);
        _lane2 = Prime2;
        _lane3 = 0;
        _lane4 = unchecked(0 - Prime1);
    }

    public void Append(ReadOnlySpan<byte> bytes)
    {
        _length += bytes.Length;
        if (_restLength > 0)
        {
            int taken = Math.Min(StripeLength - _restLength, bytes.Length);
            bytes[..taken].CopyTo(_rest.AsSpan(_restLength));
            bytes = bytes[taken..];
            _restLength += taken;
            if (_restLength < StripeLength)
                return;
            AppendStripes(_rest);
        }

        int whole = bytes.Length - (bytes.Length % StripeLength);
        AppendStripes(bytes[..whole]);
        bytes[whole..].CopyTo(_rest);
        _restLength = bytes.Length - whole;
    }

    /// <summary>The hash of everything appended so far.</summary>
    public ulong GetHash()
    {
        ulong hash = _length < StripeLength ? Prime5 : MergeLanes();
        hash += (ulong)_length;

        ReadOnlySpan<byte> rest = _rest.AsSpan(0, _restLength);
        for (; rest.Length >= sizeof(ulong); rest = rest[sizeof(ulong)..])
        {
            hash ^= Round(0, BinaryPrimitives.ReadUInt64LittleEndian(rest));
            hash = (BitOperations.RotateLeft(hash, 27) * Prime1) + Prime4;
        }

        if (rest.Length >= sizeof(uint))
        {
            hash ^= BinaryPrimitives.ReadUInt32LittleEndian(rest) * Prime1;
            hash = (BitOperations.RotateLeft(hash, 23) * Prime2) + Prime3;
            rest = rest[sizeof(uint)..];
        }

        foreach (byte value in rest)
            hash = BitOperations.RotateLeft(hash ^ (value * Prime5), 11) * Prime1;

        hash = (hash ^ (hash >> 33)) * Prime2;
        hash = (hash ^ (hash >> 29)) * Prime3;
        return hash ^ (hash >> 32);
    }

    private void AppendStripes(ReadOnlySpan<byte> stripes)
    {
        ulong lane1 = _lane1;
        ulong lane2 = _lane2;
        ulong lane3 = _lane3;
        ulong lane4 = _lane4;
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(stripes);
        for (; words.Length >= 4; words = words[4..])
        {
            lane1 = Round(lane1, ToLittleEndian(words[0]));
            lane2 = Round(lane2, ToLittleEndian(words[1]));
            lane3 = Round(lane3, ToLittleEndian(words[2]));
            lane4 = Round(lane4, ToLittleEndian(words[3]));
        }

        _lane1 = lane1;
        _lane2 = lane2;
        _lane3 = lane3;
        _lane4 = lane4;
    }

    private ulong MergeLanes()
    {
        ulong hash = BitOperations.RotateLeft(_lane1, 1) + BitOperations.RotateLeft(_lane2, 7)
            + BitOperations.RotateLeft(_lane3, 12) + BitOperations.RotateLeft(_lane4, 18);
        hash = Merge(hash, _lane1);
        hash = Merge(hash, _lane2);
        hash = Merge(hash, _lane3);
        return Merge(hash, _lane4);
    }

    private static ulong Merge(ulong hash, ulong lane) => ((hash ^ Round(0, lane)) * Prime1) + Prime4;

    private static ulong Round(ulong lane, ulong word) =>
        BitOperations.RotateLeft(lane + (word * Prime2), 31) * Prime1;

    private static ulong ToLittleEndian(ulong word) =>
        BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
}
