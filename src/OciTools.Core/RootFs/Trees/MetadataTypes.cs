namespace OciTools.RootFs;

/// <summary>The names that records have for types.</summary>
internal static class MetadataTypes
{
    private static readonly Dictionary<OciFileType, string> s_names = new()
    {
        [OciFileType.File] = "file",
        [OciFileType.Directory] = "directory",
        [OciFileType.SymbolicLink] = "symlink",
        [OciFileType.HardLink] = "hardlink",
        [OciFileType.CharacterDevice] = "char",
        [OciFileType.BlockDevice] = "block",
        [OciFileType.Fifo] = "fifo",
    };

    public static string GetName(OciFileType type) => s_names[type];

    /// <exception cref="FormatException">There is no such type.</exception>
    public static OciFileType Parse(string name)
    {
        foreach ((OciFileType type, string known) in s_names)
        {
            if (known == name)
                return type;
        }

        throw new FormatException($"'{DisplayText.Sanitize(name)}' is no type of a file");
    }
}
