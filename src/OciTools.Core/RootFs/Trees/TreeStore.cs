namespace OciTools.RootFs;

/// <summary>
/// Holds the names of a tree and what they stand for, in about a hundred bytes for each: an image may have
/// hundreds of thousands.
/// </summary>
internal sealed class TreeStore
{
    private const int RootNumber = 1;
    private const int FirstBuckets = 256;

    private readonly Slots<NameSlot> _names = new();
    private readonly Slots<FileSlot> _files = new();
    private readonly TextArena _texts = new();
    private readonly List<TarEntry> _kinds = [];
    private readonly Dictionary<TarEntry, int> _kindNumbers = [];
    private int[] _buckets = new int[FirstBuckets];
    private int _count;

    public TreeStore() => _names.Add(default);

    public TreeNode Root => new(this, RootNumber);

    public ref NameSlot Name(int name) => ref _names[name];

    public ref FileSlot File(int file) => ref _files[file];

    /// <summary>What a file has in common with others of its kind.</summary>
    public TarEntry Kind(int file) => _kinds[_files[file].Kind];

    public string Text(uint place) => TarText.Decode(_texts[place]);

    /// <summary>Finds a name in a folder; 0 when it is not there.</summary>
    public int Find(int folder, ReadOnlySpan<byte> text)
    {
        int name = _buckets[Bucket(folder, text)];
        while (name != 0 && (_names[name].Parent != folder || !_texts[_names[name].Text].SequenceEqual(text)))
            name = _names[name].NextInBucket;
        return name;
    }

    /// <summary>Adds a name that a folder does not have yet.</summary>
    public int Add(int folder, ReadOnlySpan<byte> text)
    {
        if (++_count > _buckets.Length)
            Grow();
        ref int bucket = ref _buckets[Bucket(folder, text)];
        int next = _names[folder].FirstChild;
        int name = _names.Add(new NameSlot
        {
            Parent = folder,
            Text = _texts.Add(text),
            Next = next,
            NextInBucket = bucket,
        });
        bucket = name;
        _names[folder].FirstChild = name;
        if (next != 0)
            _names[next].Previous = name;
        return name;
    }

    /// <summary>Removes a name and all below it.</summary>
    public void Remove(int name)
    {
        RemoveChildren(name);
        NameSlot slot = _names[name];
        if (slot.Previous != 0)
            _names[slot.Previous].Next = slot.Next;
        else
            _names[slot.Parent].FirstChild = slot.Next;
        if (slot.Next != 0)
            _names[slot.Next].Previous = slot.Previous;
        Free(name);
    }

    /// <summary>Removes all below a name.</summary>
    public void RemoveChildren(int name)
    {
        var rest = new Stack<int>();
        PushChildren(name, rest);
        _names[name].FirstChild = 0;
        while (rest.TryPop(out int child))
        {
            PushChildren(child, rest);
            Free(child);
        }
    }

    /// <summary>The names in a folder in the order of their bytes.</summary>
    public int[] Sort(int folder)
    {
        var names = new List<int>();
        for (int child = _names[folder].FirstChild; child != 0; child = _names[child].Next)
            names.Add(child);
        names.Sort((left, right) => _texts[_names[left].Text].SequenceCompareTo(_texts[_names[right].Text]));
        return [.. names];
    }

    /// <summary>Keeps what an entry says, but for its name and its data.</summary>
    public TreeFile AddFile(TarEntry entry, int layer)
    {
        // Of what is no folder, nobody asks for the names of the owners and for further records here.
        bool isFolder = entry.Type == OciFileType.Directory;
        TarEntry kind = entry with
        {
            Name = "",
            LinkName = "",
            Size = 0,
            Offset = 0,
            Data = Stream.Null,
            ModifiedTime = default,
            UserName = isFolder ? entry.UserName : "",
            GroupName = isFolder ? entry.GroupName : "",
            Records = isFolder ? entry.Records : Descriptor.EmptyAnnotations,
        };
        if (!_kindNumbers.TryGetValue(kind, out int number))
        {
            number = _kinds.Count;
            _kinds.Add(kind);
            _kindNumbers.Add(kind, number);
        }

        return new TreeFile(this, _files.Add(new FileSlot
        {
            Kind = number,
            Link = _texts.Add(TarText.Encode(entry.LinkName)),
            Layer = layer,
            Offset = entry.Offset,
            Ticks = entry.ModifiedTime.UtcTicks,
        }));
    }

    /// <summary>Gives a name to a file, and takes it from the one before.</summary>
    /// <param name="name">The name.</param>
    /// <param name="file">The file; 0 for none.</param>
    public void SetFile(int name, int file)
    {
        ref NameSlot slot = ref _names[name];
        if (slot.File != 0)
            TakeName(name, ref slot);
        slot.File = file;
        if (file == 0)
            return;

        int first = _files[file].FirstName;
        if (first == 0)
        {
            _files[file].FirstName = first = name;
            slot.PreviousOfFile = name;
        }

        slot.PreviousOfFile = _names[first].PreviousOfFile;
        slot.NextOfFile = first;
        _names[slot.PreviousOfFile].NextOfFile = name;
        _names[first].PreviousOfFile = name;
    }

    /// <summary>All that is no folder, in the order in which the layers have it.</summary>
    public IReadOnlyList<int> ListFiles()
    {
        // Of the right length from the start: growing would leave behind as much again.
        var files = new List<int>(_files.Last);
        for (int file = 1; file <= _files.Last; file++)
        {
            if (_files[file].FirstName != 0 && Kind(file).Type != OciFileType.Directory)
                files.Add(file);
        }

        files.Sort((left, right) => (_files[left].Layer, _files[left].Offset).CompareTo(
            (_files[right].Layer, _files[right].Offset)));
        return files;
    }

    private void TakeName(int name, ref NameSlot slot)
    {
        if (slot.NextOfFile == name)
        {
            _files.Remove(slot.File);
            return;
        }

        if (_files[slot.File].FirstName == name)
            _files[slot.File].FirstName = slot.NextOfFile;
        _names[slot.PreviousOfFile].NextOfFile = slot.NextOfFile;
        _names[slot.NextOfFile].PreviousOfFile = slot.PreviousOfFile;
    }

    private void PushChildren(int folder, Stack<int> rest)
    {
        for (int child = _names[folder].FirstChild; child != 0; child = _names[child].Next)
            rest.Push(child);
    }

    private void Free(int name)
    {
        SetFile(name, 0);
        NameSlot slot = _names[name];
        ref int link = ref _buckets[Bucket(slot.Parent, _texts[slot.Text])];
        while (link != name)
            link = ref _names[link].NextInBucket;
        link = slot.NextInBucket;
        _names.Remove(name);
        _count--;
    }

    private void Grow()
    {
        _buckets = new int[_buckets.Length * 2];
        for (int name = RootNumber + 1; name <= _names.Last; name++)
        {
            ref NameSlot slot = ref _names[name];
            if (slot.Parent == 0)
                continue;
            ref int bucket = ref _buckets[Bucket(slot.Parent, _texts[slot.Text])];
            slot.NextInBucket = bucket;
            bucket = name;
        }
    }

    private int Bucket(int folder, ReadOnlySpan<byte> text)
    {
        var hash = new HashCode();
        hash.Add(folder);
        hash.AddBytes(text);
        return hash.ToHashCode() & (_buckets.Length - 1);
    }
}
