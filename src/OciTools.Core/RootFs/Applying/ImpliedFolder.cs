namespace OciTools.RootFs;

/// <summary>Folders that layers do not speak of, but that are needed for what is in them.</summary>
internal static class ImpliedFolder
{
    private const int Mode = 0b111_101_101;

    /// <summary>The root, where no layer has an entry for it. The result does not depend on when it is made.</summary>
    public static TarEntry Root { get; } = new() { Name = "./", Type = OciFileType.Directory, Mode = Mode };

    /// <summary>A folder above an entry: it belongs to root, and is as old as what it was made for.</summary>
    public static TarEntry For(TarEntry entry) =>
        Root with { ModifiedTime = entry.ModifiedTime, ModifiedNanoseconds = entry.ModifiedNanoseconds };
}
