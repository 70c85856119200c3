namespace OciTools.RootFs;

/// <summary>One name in a <see cref="TreeStore"/>. It refers to others by their numbers; 0 is none.</summary>
internal struct NameSlot
{
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

    public int TouchedBy;
    public int ClearedBy;
    public MetadataParts Missing;
}
