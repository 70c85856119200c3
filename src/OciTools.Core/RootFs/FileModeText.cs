namespace OciTools.RootFs;

/// <summary>Writes a mode as <c>ls -l</c> does.</summary>
internal static class FileModeText
{
    private const int SetUser = 0b100_000_000_000;
    private const int SetGroup = 0b010_000_000_000;
    private const int Sticky = 0b001_000_000_000;

    public static string Format(OciFileType type, int mode) => string.Create(10, (type, mode), static (text, file) =>
    {
        (OciFileType type, int mode) = file;
        text[0] = type switch
        {
            OciFileType.Directory => 'd',
            OciFileType.SymbolicLink => 'l',
            OciFileType.CharacterDevice => 'c',
            OciFileType.BlockDevice => 'b',
            OciFileType.Fifo => 'p',
            _ => '-',
        };
        for (int i = 0; i < 9; i++)
            text[i + 1] = (mode & (1 << (8 - i))) != 0 ? "rwx"[i % 3] : '-';
        Mark(text, 3, (mode & SetUser) != 0, 's');
        Mark(text, 6, (mode & SetGroup) != 0, 's');
        Mark(text, 9, (mode & Sticky) != 0, 't');
    });

    /// <summary>
    /// A special bit takes the place of the right to execute; as a capital letter, where that right is missing.
    /// </summary>
    private static void Mark(Span<char> text, int at, bool isSet, char mark)
    {
        if (isSet)
            text[at] = text[at] == 'x' ? mark : char.ToUpperInvariant(mark);
    }
}
