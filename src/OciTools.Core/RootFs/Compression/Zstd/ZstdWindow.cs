namespace OciTools.RootFs;

/// <summary>
/// The latest output of a frame, as far back as matches may reach. It is small until a frame makes more than that,
/// whatever the frame promises; when it is full, it starts over at its beginning.
/// </summary>
internal sealed class ZstdWindow
{
    /// <summary>The most that one block makes (RFC 8878, section 3.1.1.2.4).</summary>
    public const int MaximumBlock = 128 * 1024;

    /// <summary>How many bytes a copy may touch beyond those it is to write.</summary>
    public const int Slack = 32;

    private const int SmallLength = 1024 * 1024;

    private int _blockStart;

    /// <summary>The largest window that an array can hold.</summary>
    public static int Maximum => Array.MaxLength - Overhead;

    /// <summary>
    /// Holds output up to <see cref="Position"/>, and after that older output that ends at <see cref="PriorEnd"/>.
    /// </summary>
    public byte[] Buffer { get; private set; } = [];

    /// <summary>How far back matches may reach.</summary>
    public int Size { get; private set; }

    /// <summary>Where output goes next.</summary>
    public int Position { get; set; }

    /// <summary>Where the output ends that came before the start of the buffer; 0 while there is none.</summary>
    public int PriorEnd { get; private set; }

    /// <summary>What the latest block has made.</summary>
    public ReadOnlyMemory<byte> Block => Buffer.AsMemory(_blockStart, Position - _blockStart);

    // Two blocks: the room that one needs at the end, and the distance that keeps it off the oldest byte of the window.
    private static int Overhead => (2 * MaximumBlock) + Slack;

    /// <summary>Starts a frame.</summary>
    /// <param name="size">How far back its matches may reach, at most <see cref="Maximum"/>.</param>
    public void Begin(int size)
    {
        Size = size;
        Position = 0;
        PriorEnd = 0;
        _blockStart = 0;
    }

    /// <summary>Whether a block of any size fits at <see cref="Position"/>.</summary>
    public bool HasRoom => Buffer.Length - Position >= MaximumBlock + Slack;

    /// <summary>Makes room for a block of any size.</summary>
    public void BeginBlock()
    {
        int wanted = Size + Overhead;
        if (!HasRoom && Buffer.Length < wanted)
            Grow(Buffer.Length == 0 ? Math.Min(SmallLength, wanted) : wanted);

        // Without room in a buffer of full size, more than a window and a block have been made: that much is kept.
        if (!HasRoom)
            StartOver();
        _blockStart = Position;
    }

    // Not from the array pool: it rounds up to a power of two, which would nearly double the usual windows.
    private void Grow(int length)
    {
        byte[] larger = GC.AllocateUninitializedArray<byte>(length);
        Buffer.AsSpan(0, Position).CopyTo(larger);
        Buffer = larger;
    }

    private void StartOver()
    {
        PriorEnd = Position;
        Position = 0;
    }
}
