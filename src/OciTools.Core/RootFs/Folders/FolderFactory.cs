namespace OciTools.RootFs;

/// <summary>Opens folders as the system has them.</summary>
internal static class FolderFactory
{
    private const string LowerProbe = ".oci-probe";
    private const string UpperProbe = ".OCI-PROBE";

    /// <summary>Opens a folder by its path.</summary>
    public static Folder Open(string path) =>
        OperatingSystem.IsWindows() ? ManagedFolder.OpenPath(path) : UnixFolder.OpenPath(path);

    /// <summary>Chooses how names are on the disk.</summary>
    public static TargetNames GetNames(Folder root)
    {
        if (OperatingSystem.IsWindows())
            return new MappedNames(WindowsNames.Map);
        return IgnoresCase(root) ? new MappedNames(name => name) : new TargetNames();
    }

    private static bool IgnoresCase(Folder root)
    {
        // Someone else's file of this name tells nothing, and stays.
        if (root.TryCreateFile(LowerProbe) is not { } file)
            return false;
        file.Dispose();
        bool ignoresCase = root.Exists(UpperProbe);
        root.TryRemoveFile(LowerProbe);
        return ignoresCase;
    }
}
