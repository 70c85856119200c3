namespace OciTools.RootFs;

/// <summary>
/// A name in a layer as a path in the image: without a slash at either end, <c>.</c> and <c>..</c>, and with the marks
/// that take something away taken apart (OCI image specification 1.1, layer.md, "Whiteouts").
/// </summary>
/// <param name="Path">
/// The path: of a whiteout what it takes away, of an opaque mark its directory. Empty for the root.
/// </param>
/// <param name="IsWhiteout">Whether the entry takes <paramref name="Path"/> of the layers below away.</param>
/// <param name="IsOpaque">
/// Whether the entry takes everything in <paramref name="Path"/> of the layers below away.
/// </param>
internal readonly record struct LayerPath(string Path, bool IsWhiteout, bool IsOpaque)
{
    private const string WhiteoutPrefix = ".wh.";
    private const string OpaqueMark = ".wh..wh..opq";

    // AUFS kept notes under such names; they mean nothing to an image.
    private const string NotePrefix = ".wh..wh.";

    /// <summary>Reads the name of an entry.</summary>
    public static LayerPath Parse(string name)
    {
        string path = Normalize(name);
        string file = GetName(path);
        if (!file.StartsWith(WhiteoutPrefix, StringComparison.Ordinal) || file.Length == WhiteoutPrefix.Length)
            return new LayerPath(path, false, false);
        string directory = GetDirectory(path);
        if (file == OpaqueMark)
            return new LayerPath(directory, false, true);
        return file.StartsWith(NotePrefix, StringComparison.Ordinal)
            ? new LayerPath(path, false, false)
            : new LayerPath(Join(directory, file[WhiteoutPrefix.Length..]), true, false);
    }

    /// <summary>
    /// Normalises a path by its text alone: <c>/etc//./passwd/</c> becomes <c>etc/passwd</c>, and <c>..</c> goes up,
    /// but not beyond the root.
    /// </summary>
    public static string Normalize(string path)
    {
        if (IsNormal(path))
            return path;

        var segments = new List<string>();
        foreach (string segment in path.Split('/'))
        {
            if (segment == "..")
                segments.RemoveRange(Math.Max(0, segments.Count - 1), Math.Min(1, segments.Count));
            else if (segment is not ("" or "."))
                segments.Add(segment);
        }

        return string.Join('/', segments);
    }

    /// <summary>The path of the directory that holds a path; empty for the root.</summary>
    public static string GetDirectory(string path) => path[..Math.Max(0, path.LastIndexOf('/'))];

    /// <summary>The last part of a path.</summary>
    public static string GetName(string path) => path[(path.LastIndexOf('/') + 1)..];

    /// <summary>The path of something in a directory.</summary>
    public static string Join(string directory, string path) => directory.Length == 0 ? path : $"{directory}/{path}";

    /// <summary>The directories above a path, from the top down, without the root.</summary>
    public static IEnumerable<string> GetAncestors(string path)
    {
        for (int slash = path.IndexOf('/'); slash >= 0; slash = path.IndexOf('/', slash + 1))
            yield return path[..slash];
    }

    private static bool IsNormal(string path) => !path.StartsWith('/')
        && !path.StartsWith('.')
        && !path.EndsWith('/')
        && !path.Contains("//", StringComparison.Ordinal)
        && !path.Contains("/.", StringComparison.Ordinal);
}
