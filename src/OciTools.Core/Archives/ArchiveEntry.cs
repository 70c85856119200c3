namespace OciTools.Archives;

/// <summary>Where an entry is in an archive.</summary>
/// <param name="Name">The name, without <c>./</c>.</param>
/// <param name="Type">A file or a link.</param>
/// <param name="LinkName">What a link leads to.</param>
/// <param name="Offset">Where the content starts.</param>
/// <param name="Size">The length of the content.</param>
/// <param name="IsSparse">Whether the content is stored with its holes left out.</param>
internal sealed record ArchiveEntry(
    string Name, OciFileType Type, string LinkName, long Offset, long Size, bool IsSparse);
