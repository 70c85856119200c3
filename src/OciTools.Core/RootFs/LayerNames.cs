namespace OciTools.RootFs;

/// <summary>The names in one layer, and what the layer takes away from those below.</summary>
/// <param name="descriptor">The layer, as the target of an error.</param>
internal sealed class LayerNames(Descriptor descriptor)
{
    // A few times what the largest images have; each costs a hundred bytes or two.
    private const int MaximumCount = 2_000_000;

    private readonly Dictionary<string, LayerName> _names = new(StringComparer.Ordinal);
    private readonly HashSet<string> _whiteouts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _opaque = new(StringComparer.Ordinal);
    private readonly HashSet<string> _linked = new(StringComparer.Ordinal);

    /// <summary>
    /// Whether the names alone tell what the layer changes: each comes once, after the directory that it is in, and no
    /// hard link leads to what is replaced later. Otherwise a path may lead over links that other layers have.
    /// </summary>
    public bool IsPlain { get; private set; } = true;

    /// <summary>Adds an entry; of the same path, the last one counts.</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.LimitExceeded"/>.</exception>
    public void Add(LayerPath path, TarEntry entry)
    {
        string directory = path.IsOpaque ? path.Path : LayerPath.GetDirectory(path.Path);
        IsPlain &= directory.Length == 0 || Find(directory)?.Type == OciFileType.Directory;
        if (path.IsWhiteout)
            _whiteouts.Add(path.Path);
        else if (path.IsOpaque)
            _opaque.Add(path.Path);
        else
            AddName(path.Path, new LayerName(entry.Type, entry.LinkName));

        if (_names.Count + _whiteouts.Count + _opaque.Count > MaximumCount)
        {
            throw new OciException(
                OciErrorCode.LimitExceeded,
                $"The layer {descriptor.Digest} has more than {MaximumCount} names. Real layers have fewer; "
                    + "do not trust this one.",
                descriptor);
        }
    }

    /// <summary>
    /// Finds what the layer itself has under a path; null when it has nothing, or only implies a directory.
    /// </summary>
    public LayerName? Find(string path) => _names.TryGetValue(path, out LayerName name) ? name : null;

    /// <summary>Whether the layer takes away what layers below have under a path.</summary>
    public bool Hides(string path)
    {
        if (_whiteouts.Contains(path) || _opaque.Contains(""))
            return true;
        return (_whiteouts.Count > 0 || _opaque.Count > 0)
            && LayerPath.GetAncestors(path).Any(above => _whiteouts.Contains(above) || _opaque.Contains(above));
    }

    private void AddName(string path, LayerName name)
    {
        IsPlain &= !_names.ContainsKey(path) && !_linked.Contains(path);
        // Names that come again could bring any number of targets, but by then nobody asks for them.
        if (IsPlain && name.Type == OciFileType.HardLink)
            _linked.Add(LayerPath.Normalize(name.LinkTarget));
        _names[path] = name;
    }
}
