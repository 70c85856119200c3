namespace OciTools.Reliability.Chaos;

internal static class JobKinds
{
    public static bool ReadsRegistry(this JobKind kind) =>
        kind is JobKind.RegistryToLayout or JobKind.RegistryToRegistry or JobKind.RegistryToArchive or JobKind.Repair;

    public static bool WritesRegistry(this JobKind kind) =>
        kind is JobKind.RegistryToRegistry or JobKind.LayoutToRegistry or JobKind.ArchiveToRegistry;

    public static bool ReadsLayout(this JobKind kind) => kind is JobKind.LayoutToRegistry or JobKind.LayoutToArchive;

    public static bool WritesLayout(this JobKind kind) =>
        kind is JobKind.RegistryToLayout or JobKind.ArchiveToLayout or JobKind.Repair;

    public static bool ReadsArchive(this JobKind kind) => kind is JobKind.ArchiveToLayout or JobKind.ArchiveToRegistry;

    public static bool WritesArchive(this JobKind kind) => kind is JobKind.RegistryToArchive or JobKind.LayoutToArchive;

    /// <summary>The name of the command that does it, and its ends.</summary>
    public static string Title(this JobKind kind) => kind switch
    {
        JobKind.RegistryToLayout => "save: registry to layout",
        JobKind.RegistryToRegistry => "copy: registry to registry",
        JobKind.LayoutToRegistry => "copy: layout to registry",
        JobKind.RegistryToArchive => "export: registry to archive",
        JobKind.LayoutToArchive => "export: layout to archive",
        JobKind.ArchiveToLayout => "import: archive to layout",
        JobKind.ArchiveToRegistry => "import: archive to registry",
        _ => "repair: layout from registry",
    };
}
