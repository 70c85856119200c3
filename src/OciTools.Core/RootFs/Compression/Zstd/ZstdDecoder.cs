using System.Buffers.Binary;
using System.Globalization;

namespace OciTools.RootFs;

/// <summary>
/// Decodes Zstandard frames piece by piece (RFC 8878): it says how many bytes it wants, and gets them.
/// </summary>
/// <param name="windowLimit">The largest window that a frame may ask for, in bytes.</param>
internal sealed class ZstdDecoder(int windowLimit) : IDisposable
{
    /// <summary>How many readable bytes stand before a piece, and after it.</summary>
    public const int Margin = ZstdWindow.Slack;

    /// <summary>The most that <see cref="Wanted"/> asks for.</summary>
    public const int MaximumPiece = ZstdWindow.MaximumBlock;

    private const uint FrameMagic = 0xFD2FB528;
    private const uint SkippableMagic = 0x184D2A50;
    private const uint SkippableMask = 0xFFFFFFF0;
    private const int BlockHeaderLength = 3;

    private readonly ZstdWindow _window = new();
    private readonly ZstdLiterals _literals = new();
    private readonly ZstdSequences _sequences = new();
    private readonly XxHash64 _hash = new();
    private Stage _stage = Stage.Magic;
    private ZstdFrameHeader _header;
    private byte _frameDescriptor;
    private ulong _made;
    private BlockType _blockType;
    private bool _isLastBlock;
    private long _pending;

    private enum Stage
    {
        Magic,
        FrameDescriptor,
        FrameHeader,
        BlockHeader,
        Block,
        Checksum,
        SkippableSize,
        Skippable,
        Failed,
    }

    private enum BlockType
    {
        Raw,
        Repeated,
        Compressed,
        Reserved,
    }

    /// <summary>Whether the data may end here.</summary>
    public bool IsBetweenFrames => _stage == Stage.Magic;

    /// <summary>How many bytes the next call of <see cref="Accept"/> takes.</summary>
    public int Wanted => _stage switch
    {
        Stage.FrameDescriptor => 1,
        Stage.FrameHeader => ZstdFrameHeader.GetLength(_frameDescriptor),
        Stage.BlockHeader => BlockHeaderLength,
        Stage.Block => _blockType == BlockType.Repeated ? 1 : (int)_pending,
        Stage.Skippable => (int)Math.Min(_pending, MaximumPiece),
        _ => sizeof(uint),
    };

    /// <summary>Takes as many bytes as <see cref="Wanted"/> says.</summary>
    /// <param name="buffer">Holds them, with <see cref="Margin"/> bytes before and after.</param>
    /// <param name="start">Where they start.</param>
    /// <returns>What they make, valid until the next call; often nothing.</returns>
    /// <exception cref="ZstdException">The data is damaged, or beyond a limit.</exception>
    public ReadOnlyMemory<byte> Accept(byte[] buffer, int start)
    {
        int length = Wanted;
        ReadOnlySpan<byte> piece = buffer.AsSpan(start, length);
        Stage stage = _stage;
        _stage = Stage.Failed;
        switch (stage)
        {
            case Stage.Magic:
                _stage = ReadMagic(BinaryPrimitives.ReadUInt32LittleEndian(piece));
                return default;
            case Stage.FrameDescriptor:
                _frameDescriptor = piece[0];
                _stage = Stage.FrameHeader;
                return default;
            case Stage.FrameHeader:
                BeginFrame(ZstdFrameHeader.Parse(_frameDescriptor, piece));
                _stage = Stage.BlockHeader;
                return default;
            case Stage.BlockHeader:
                ReadBlockHeader(piece[0] | (piece[1] << 8) | (piece[2] << 16));
                _stage = Stage.Block;
                return default;
            case Stage.Block:
                ReadOnlyMemory<byte> made = ReadBlock(buffer, start, length);
                _stage = _isLastBlock ? EndFrame() : Stage.BlockHeader;
                return made;
            case Stage.Checksum:
                if (BinaryPrimitives.ReadUInt32LittleEndian(piece) != (uint)_hash.GetHash())
                    throw new ZstdException("the checksum of a frame does not match");
                _stage = Stage.Magic;
                return default;
            case Stage.SkippableSize:
                _pending = BinaryPrimitives.ReadUInt32LittleEndian(piece);
                _stage = _pending > 0 ? Stage.Skippable : Stage.Magic;
                return default;
            case Stage.Skippable:
                _pending -= length;
                _stage = _pending > 0 ? Stage.Skippable : Stage.Magic;
                return default;
            default:
                throw new ZstdException("it is damaged before this point");
        }
    }

    public void Dispose() => _literals.Dispose();

    private static Stage ReadMagic(uint magic) => magic switch
    {
        FrameMagic => Stage.FrameDescriptor,
        _ when (magic & SkippableMask) == SkippableMagic => Stage.SkippableSize,
        _ => throw new ZstdException("something that is no zstd frame follows"),
    };

    private void BeginFrame(ZstdFrameHeader header)
    {
        if (header.WindowSize > windowLimit)
        {
            throw new ZstdException(OciErrorCode.LimitExceeded, string.Create(
                CultureInfo.InvariantCulture,
                $"it needs a window of {header.WindowSize} bytes, and {windowLimit} are the limit"));
        }

        _header = header;
        _made = 0;
        _hash.Reset();
        _literals.Reset();
        _sequences.Reset();
        _window.Begin((int)header.WindowSize);
    }

    private void ReadBlockHeader(int header)
    {
        _isLastBlock = (header & 1) != 0;
        _blockType = (BlockType)((header >> 1) & 3);
        _pending = header >> 3;
        if (_blockType == BlockType.Reserved)
            throw new ZstdException("a block has the reserved type");
        if (_pending > Math.Min(_header.WindowSize, ZstdWindow.MaximumBlock))
            throw new ZstdException("a block is too large");
    }

    private ReadOnlyMemory<byte> ReadBlock(byte[] buffer, int start, int length)
    {
        _window.BeginBlock();
        switch (_blockType)
        {
            case BlockType.Raw:
                buffer.AsSpan(start, length).CopyTo(_window.Buffer.AsSpan(_window.Position));
                _window.Position += length;
                break;
            case BlockType.Repeated:
                _window.Buffer.AsSpan(_window.Position, (int)_pending).Fill(buffer[start]);
                _window.Position += (int)_pending;
                break;
            default:
                int sequences = _literals.Read(buffer, start, start + length);
                _sequences.Execute(buffer, sequences, start + length, _literals, _window);
                break;
        }

        ReadOnlyMemory<byte> made = _window.Block;
        _made += (ulong)made.Length;
        if (_made > (_header.ContentSize ?? ulong.MaxValue))
            throw new ZstdException("a frame holds more than it states");
        if (_header.HasChecksum)
            _hash.Append(made.Span);
        return made;
    }

    private Stage EndFrame()
    {
        if (_made != (_header.ContentSize ?? _made))
            throw new ZstdException("a frame holds less than it states");
        return _header.HasChecksum ? Stage.Checksum : Stage.Magic;
    }
}
