namespace OciTools.Reliability.Chaos;

/// <summary>Where a fault happens.</summary>
[Flags]
internal enum FaultPlace
{
    /// <summary>The registry that is read, or the way to it.</summary>
    Source = 1,

    /// <summary>The registry that is written, or the way to it.</summary>
    Destination = 2,

    /// <summary>The layout or archive that is read.</summary>
    File = 4,

    /// <summary>The file system of the layout or archive that is written.</summary>
    Disk = 8,

    AnyRegistry = Source | Destination,
}
