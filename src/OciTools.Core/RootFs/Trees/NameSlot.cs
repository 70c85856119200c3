namespace OciTools.RootFs;

/// <summary>One name in a <see cref="TreeStore"/>. It refers to others by their numbers; 0 is none.</summary>
internal struct NameSlot
{
    // The lowest bits of the state are the missing parts; above them and the marks is the layer of the marks, from 1.
    private const uint MissingMask = (1 << 7) - 1;
    private const uint Touched = 1 << 7;
    private const uint Cleared = 1 << 8;
    private const int LayerShift = 9;

    public int Parent;

    /// <summary>The place of the text.</summary>
    public uint Text;

    public int FirstChild;

    /// <summary>The other names in the folder.</summary>
    public int Next;
    public int Previous;

    /// <summary>The next name of the same bucket.</summary>
    public int NextInBucket;

    public int File;

    /// <summary>The ring of all names of the file.</summary>
    public int NextOfFile;
    public int PreviousOfFile;

    private uint _state;

    /// <summary>What of the file is not on the disk as it should be.</summary>
    public MetadataParts Missing
    {
        readonly get => (MetadataParts)(_state & MissingMask);
        set => _state = (_state & ~MissingMask) | (uint)value;
    }

    /// <summary>
    /// Whether the last layer that did anything here is this one, and put something at or below the name.
    /// </summary>
    public readonly bool IsTouchedBy(int layer) => IsMarkedBy(layer, Touched);

    public void MarkTouched(int layer) => Mark(layer, Touched);

    /// <summary>Whether that layer removed what the layers below had in the folder.</summary>
    public readonly bool IsClearedBy(int layer) => IsMarkedBy(layer, Cleared);

    public void MarkCleared(int layer) => Mark(layer, Cleared);

    public void ForgetClearing() => _state &= ~Cleared;

    private readonly bool IsMarkedBy(int layer, uint mark) =>
        _state >> LayerShift == layer + 1 && (_state & mark) != 0;

    private void Mark(int layer, uint mark)
    {
        // What an earlier layer did is of no interest any more.
        if (_state >> LayerShift != layer + 1)
            _state = (_state & MissingMask) | ((uint)(layer + 1) << LayerShift);
        _state |= mark;
    }
}
