namespace OciTools.RootFs;

/// <summary>Tells of each file once, and of its further names as hard links to the first.</summary>
internal sealed class LinkedNames
{
    private readonly Dictionary<int, string> _first = [];

    /// <summary>What a record says of a file under one of its names.</summary>
    public TarEntry Describe(TreeFile file, string path) => file.HasOneName || _first.TryAdd(file.Number, path)
        ? file.Entry
        : file.Entry with { Type = OciFileType.HardLink, LinkName = _first[file.Number] };
}
