namespace OciTools.RootFs;

/// <summary>Finds folders in a tree by their paths in an image, name by name from the root.</summary>
/// <remarks>
/// No system follows a link here. A link that stands where a path wants a folder is read, and the walk goes on with
/// what it says, from the root of the image or from its own folder, as it would inside a container. It must lead to a
/// folder that is there, and not above the root.
/// </remarks>
/// <typeparam name="TFolder">A folder of the tree.</typeparam>
internal abstract class PathWalker<TFolder>
    where TFolder : class
{
    // What Linux follows, too.
    private const int MaximumLinks = 40;

    private const int MaximumSteps = 4096;

    private string _lastPath = "";
    private TFolder? _last;

    public abstract TFolder Root { get; }

    /// <summary>Finds the folder that an entry belongs in, and makes it where no layer did.</summary>
    /// <param name="path">The path of the entry.</param>
    /// <param name="entry">The entry.</param>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ArchiveInvalid"/>: the path leads through a file, or nowhere.
    /// </exception>
    public TFolder GetParent(EntryPath path, TarEntry entry) => Walk(path.Parent, entry, isNeeded: true)!;

    /// <summary>Finds the folder that a path lies in; null when it is not there.</summary>
    /// <inheritdoc cref="GetParent(EntryPath, TarEntry)"/>
    public TFolder? FindParent(EntryPath path, TarEntry entry) => Walk(path.Parent, entry, isNeeded: false);

    /// <summary>Finds the folder that a path leads to; null when it is not there.</summary>
    /// <inheritdoc cref="GetParent(EntryPath, TarEntry)"/>
    public TFolder? FindFolder(EntryPath path, TarEntry entry) => Walk(path.Value, entry, isNeeded: false);

    /// <summary>Finds a folder in another; null when nothing, or no folder, has the name.</summary>
    public abstract TFolder? FindChild(TFolder parent, string name);

    /// <summary>Where a link leads; null when nothing, or no link, has the name.</summary>
    protected abstract string? ReadLink(TFolder parent, string name);

    /// <summary>Makes a folder that a path needs and no layer has; null when something else has the name.</summary>
    protected abstract TFolder? Imply(TFolder parent, string name, TarEntry entry);

    /// <summary>The folder that a folder lies in; null for the root.</summary>
    protected abstract TFolder? GetParent(TFolder folder);

    /// <summary>Forgets the last way that was found, because it may be another one now.</summary>
    protected void ForgetWay() => (_lastPath, _last) = ("", null);

    private TFolder? Walk(ReadOnlySpan<char> path, TarEntry entry, bool isNeeded)
    {
        if (path.IsEmpty)
            return Root;
        if (_last is not null && path.SequenceEqual(_lastPath))
            return _last;

        // The names that are still to go, and how many of them are the path's own and not those of a link on the way.
        var rest = new Stack<string>(path.ToString().Split('/').Reverse());
        int ownNames = rest.Count;
        int steps = 0;
        int links = 0;
        TFolder folder = Root;
        while (rest.TryPop(out string? name))
        {
            if (++steps > MaximumSteps)
                throw EntryFault.Refused(entry.Name, "lies behind links that go too far");
            if (name is "" or ".")
                continue;
            if (name == "..")
            {
                folder = GetParent(folder)
                    ?? throw EntryFault.Refused(entry.Name, "lies behind a link that leads above the root");
                continue;
            }

            bool isOwnName = rest.Count < ownNames;
            TFolder? child = FindChild(folder, name);
            if (child is null && ReadLink(folder, name) is { } target)
            {
                if (++links > MaximumLinks)
                    throw EntryFault.Refused(entry.Name, "lies behind too many links");
                ownNames = Math.Min(ownNames, rest.Count);
                if (target.StartsWith('/'))
                    folder = Root;
                foreach (string part in target.Split('/').Reverse())
                    rest.Push(part);
                continue;
            }

            if (child is null && !isNeeded)
                return null;
            if (child is null && isOwnName)
                child = Imply(folder, name, entry);
            folder = child ?? throw EntryFault.Refused(
                entry.Name,
                isOwnName
                    ? $"lies in '{DisplayText.Sanitize(name)}', which is no folder"
                    : $"lies behind a link to '{DisplayText.Sanitize(name)}', which is no folder of the image");
        }

        (_lastPath, _last) = (path.ToString(), folder);
        return folder;
    }
}
