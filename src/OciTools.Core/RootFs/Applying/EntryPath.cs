namespace OciTools.RootFs;

/// <summary>
/// Where an entry belongs: names below the root of the image, with nothing in them that leads elsewhere.
/// </summary>
internal sealed class EntryPath
{
    private readonly int _nameStart;

    private EntryPath(string value, int depth)
    {
        Value = value;
        Depth = depth;
        _nameStart = value.LastIndexOf('/') + 1;
        Name = value[_nameStart..];
    }

    /// <summary>The root of the image.</summary>
    public static EntryPath Root { get; } = new("", 0);

    /// <summary>The names with slashes between them; empty for the root.</summary>
    public string Value { get; }

    /// <summary>The last name; empty for the root.</summary>
    public string Name { get; }

    /// <summary>How many names there are.</summary>
    public int Depth { get; }

    public bool IsRoot => Depth == 0;

    /// <summary>The names before the last.</summary>
    public ReadOnlySpan<char> Parent => Value.AsSpan(0, Math.Max(0, _nameStart - 1));

    /// <summary>
    /// Reads the name of an entry, or what a hard link leads to. All of them start at the root of the image.
    /// </summary>
    /// <exception cref="FormatException">It climbs up with <c>..</c>, or no file system takes it.</exception>
    public static EntryPath Parse(string name)
    {
        if (name.Contains('\0'))
            throw new FormatException("has a zero byte in its path");

        ReadOnlySpan<char> rest = name.AsSpan().Trim('/');
        if (rest.StartsWith("./"))
            rest = rest[2..].TrimStart('/');
        return TryGetDepth(rest, out int depth)
            ? new EntryPath(rest.Length == name.Length ? name : rest.ToString(), depth)
            : ParseParts(name);
    }

    public static EntryPath Of(string parent, string name) => Parse(parent.Length == 0 ? name : $"{parent}/{name}");

    public override string ToString() => IsRoot ? "/" : Value;

    /// <summary>Most paths are in their plain form already.</summary>
    private static bool TryGetDepth(ReadOnlySpan<char> path, out int depth)
    {
        depth = 0;
        foreach (Range range in path.Split('/'))
        {
            ReadOnlySpan<char> part = path[range];
            if (part is "" or "." or "..")
                return false;
            depth++;
        }

        return true;
    }

    private static EntryPath ParseParts(string name)
    {
        string[] parts = [.. name.Split('/').Where(part => part is not ("" or "."))];
        if (parts.Contains(".."))
            throw new FormatException("climbs up with '..' in its path");
        return parts.Length == 0 ? Root : new EntryPath(string.Join('/', parts), parts.Length);
    }
}
