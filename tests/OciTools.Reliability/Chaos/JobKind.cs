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
}
