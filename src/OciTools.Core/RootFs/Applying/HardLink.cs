namespace OciTools.RootFs;

/// <summary>Hard links as entries have them.</summary>
internal static class HardLink
{
    /// <summary>
    /// Reads what a hard link leads to. It starts at the root of the image, as the name of the entry does.
    /// </summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.ArchiveInvalid"/>.</exception>
    public static EntryPath ParseTarget(TarEntry entry)
    {
        try
        {
            return EntryPath.Parse(entry.LinkName);
        }
        catch (FormatException exception)
        {
            throw EntryFault.Refused(
                entry.Name, $"is a hard link to something that {exception.Message}", exception);
        }
    }
}
