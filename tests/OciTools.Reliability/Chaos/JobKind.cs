namespace OciTools.Reliability.Chaos;

/// <summary>The transfers that are driven, named by their ends.</summary>
internal enum JobKind
{
    RegistryToLayout,
    RegistryToRegistry,
    LayoutToRegistry,
    RegistryToArchive,
    LayoutToArchive,
    ArchiveToLayout,
    ArchiveToRegistry,

    /// <summary>Tests a damaged layout, and fetches from a registry what is broken.</summary>
    Repair,
}
