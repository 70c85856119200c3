namespace OciTools.RootFs;

/// <summary>What something in a <see cref="TreeStore"/> is, whatever names it has.</summary>
internal struct FileSlot
{
    /// <summary>The oldest name; 0 as long as there is none.</summary>
    public int FirstName;

    /// <summary>The number of what it has in common with many others: owner, mode and such.</summary>
    public int Kind;

    /// <summary>The place of what a link leads to.</summary>
    public uint Link;

    public int Layer;
    public long Offset;
    public long Ticks;
}
