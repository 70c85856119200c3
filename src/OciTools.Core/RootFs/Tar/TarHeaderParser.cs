namespace OciTools.RootFs;

/// <summary>
/// Parses what stands before the content of an entry, block by block: it says how many bytes it wants, and gets them.
/// </summary>
/// <param name="fault">Makes the errors.</param>
internal sealed class TarHeaderParser(TarFault fault)
{
    // The limit of Go's archive/tar, which reads and writes most layers.
    private const int MaximumPayload = 1024 * 1024;

    // Each entry looks at them all; real archives have one or two.
    private const int MaximumGlobalRecords = 100;

    // A size that is made of holes costs an archive nothing: 16 TiB, what a file of ext4 can have.
    private const long MaximumSparseSize = 1L << 44;

    private const char DumpDirectory = 'D';

    private Stage _stage;
    private long _offset;
    private char _payloadType;
    private int _payloadLength;
    private PaxRecords _global = PaxRecords.None;
    private PaxRecords? _local;
    private string? _longName;
    private string? _longLink;
    private string? _name;
    private TarEntry? _entry;

    private enum Stage
    {
        Header,
        SecondZero,
        Payload,
        OldSparseMap,
        SparseMap,
        Entry,
        End,
    }

    /// <summary>Whether an entry or the end of the archive has been found.</summary>
    public bool IsDone => _stage is Stage.Entry or Stage.End;

    /// <summary>Whether the archive may end here.</summary>
    public bool MayEnd => _stage is Stage.SecondZero
        || (_stage is Stage.Header && _local is null && _longName is null && _longLink is null);

    /// <summary>How many bytes the next call of <see cref="Accept"/> takes.</summary>
    public int Wanted => _stage == Stage.Payload ? _payloadLength + GetPadding(_payloadLength) : TarHeader.Length;

    /// <summary>The entry, without its data; null at the end of the archive.</summary>
    public TarEntry? Entry => _stage == Stage.Entry ? _entry : null;

    /// <summary>How much content of the entry is stored.</summary>
    public long StoredSize { get; private set; }

    /// <summary>Where the stored content belongs in a sparse file; null for other files.</summary>
    public TarSparseMap? SparseMap { get; private set; }

    /// <summary>How many bytes follow content to make its last block whole.</summary>
    public static int GetPadding(long length) => (int)(-length & (TarHeader.Length - 1));

    /// <summary>Starts with the next entry. At the end of the archive, it stays there.</summary>
    public void Begin()
    {
        if (_stage == Stage.End)
            return;
        _stage = Stage.Header;
        _local = null;
        _longName = null;
        _longLink = null;
        _name = null;
        _entry = null;
        SparseMap = null;
    }

    /// <summary>Ends the archive where it has no more bytes.</summary>
    /// <exception cref="OciException">It must not end here.</exception>
    public void AcceptEnd(long offset)
    {
        if (!MayEnd)
            throw fault.Invalid(offset, _name ?? _longName, "it ends too early");
        _stage = Stage.End;
    }

    /// <summary>Takes as many bytes as <see cref="Wanted"/> says.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="offset">Where they stand in the archive.</param>
    /// <exception cref="OciException">They are malformed, or beyond a limit.</exception>
    public void Accept(ReadOnlySpan<byte> bytes, long offset)
    {
        if (_stage == Stage.Header)
        {
            _offset = offset;
        }

        try
        {
            switch (_stage)
            {
                case Stage.Header:
                    AcceptHeader(new TarHeader(bytes));
                    break;
                case Stage.SecondZero:
                    AcceptSecondZero(new TarHeader(bytes));
                    break;
                case Stage.Payload:
                    AcceptPayload(bytes[.._payloadLength]);
                    break;
                case Stage.OldSparseMap:
                    if (!SparseMap!.AddOldBlock(bytes))
                        EndSparseMap();
                    break;
                case Stage.SparseMap:
                    StoredSize -= bytes.Length;
                    if (StoredSize < 0)
                        throw new FormatException("its sparse map is longer than what is stored");
                    if (!SparseMap!.AddTextBlock(bytes))
                        EndSparseMap();
                    break;
                default:
                    throw new InvalidOperationException("The header is complete.");
            }
        }
        catch (FormatException exception)
        {
            throw fault.Invalid(_offset, _name ?? _longName, exception.Message);
        }
    }

    private void AcceptHeader(TarHeader header)
    {
        if (header.IsZero)
        {
            if (!MayEnd)
                throw new FormatException("an extended header has no entry");
            _stage = Stage.SecondZero;
            return;
        }

        if (!header.HasValidChecksum)
        {
            throw new FormatException(
                _offset == 0 ? "it does not start with a tar header" : "the checksum of a header is wrong");
        }

        switch (header.Type)
        {
            case 'x' or 'X' or 'g' or 'K' or 'L' or 'V':
                BeginPayload(header.Type, header.Size);
                break;
            case 'M' or 'N':
                throw fault.NotSupported(_offset, header.Name, "it is one of several volumes");
            default:
                BeginEntry(header);
                break;
        }
    }

    /// <summary>
    /// POSIX asks for two blocks of zeros; after one alone, readers disagree on whether anything follows.
    /// </summary>
    private void AcceptSecondZero(TarHeader header)
    {
        if (!header.IsZero)
            throw new FormatException("data follows a block of zeros");
        _stage = Stage.End;
    }

    private void BeginPayload(char type, long size)
    {
        if (size < 0)
            throw new FormatException("the size of an extended header is negative");
        if (size > MaximumPayload)
            throw fault.Exceeded(_offset, null, $"an extended header is larger than {MaximumPayload / 1024} KiB");
        _payloadType = type;
        _payloadLength = (int)size;
        _stage = Stage.Payload;
    }

    private void AcceptPayload(ReadOnlySpan<byte> payload)
    {
        switch (_payloadType)
        {
            case 'x' or 'X':
                _local = PaxRecords.Parse(payload, _global);
                break;
            case 'g':
                _global = PaxRecords.Parse(payload, _global);

                // Go's archive/tar ignores global headers, others follow them: the two would see different entries.
                if (_global.IsAboutOneEntry)
                    throw new FormatException("a global header has records that only an entry can have");
                if (_global.Count > MaximumGlobalRecords)
                    throw fault.Exceeded(_offset, null, $"it has more than {MaximumGlobalRecords} global records");
                break;
            case 'L':
                _longName = ReadLongText(payload);
                break;
            case 'K':
                _longLink = ReadLongText(payload);
                break;
        }

        _stage = Stage.Header;
    }

    private static string ReadLongText(ReadOnlySpan<byte> payload)
    {
        int end = payload.IndexOf((byte)0);
        return TarText.Decode(end < 0 ? payload : payload[..end]);
    }

    private void BeginEntry(TarHeader header)
    {
        PaxRecords records = _local ?? _global;
        _name = _longName ?? records.FindSparse("name") ?? records.FindText(PaxRecords.Path) ?? header.Name;
        if (_name.Length == 0)
            throw new FormatException("an entry has no name");

        OciFileType type = GetType(header, _name);
        bool isDevice = type is OciFileType.CharacterDevice or OciFileType.BlockDevice;
        bool isLink = type is OciFileType.SymbolicLink or OciFileType.HardLink;

        // A link, device or directory has no content whatever its size says, as in Go's archive/tar and in GNU tar; but
        // in incremental archives of GNU tar a list of names follows a directory.
        long size = NotNegative(records.FindNumber(PaxRecords.Size) ?? header.Size, "size");
        StoredSize = type == OciFileType.File || header.Type == DumpDirectory ? size : 0;
        _entry = new TarEntry
        {
            Name = _name,
            Type = type,
            Mode = header.Mode,
            Uid = NotNegative(records.FindNumber(PaxRecords.Uid) ?? header.Uid, "uid"),
            Gid = NotNegative(records.FindNumber(PaxRecords.Gid) ?? header.Gid, "gid"),
            UserName = records.FindText(PaxRecords.UserName) ?? header.UserName,
            GroupName = records.FindText(PaxRecords.GroupName) ?? header.GroupName,
            Size = type == OciFileType.File ? size : 0,
            ModifiedTime = records.FindTime(PaxRecords.ModifiedTime) ?? TarTime.From(header.ModifiedTime),
            ModifiedNanoseconds = records.FindNanoseconds(PaxRecords.ModifiedTime),
            LinkName = isLink ? _longLink ?? records.FindText(PaxRecords.LinkPath) ?? header.LinkName : "",
            DeviceMajor = isDevice ? DeviceNumber(header.DeviceMajor) : 0,
            DeviceMinor = isDevice ? DeviceNumber(header.DeviceMinor) : 0,
            ExtendedAttributes = records.Attributes,
            Records = records.Others,
            Offset = _offset,
        };
        _stage = Stage.Entry;
        if (type == OciFileType.File)
            BeginSparse(header, records);
    }

    private static OciFileType GetType(TarHeader header, string name) => header.Type switch
    {
        '1' => OciFileType.HardLink,
        '2' => OciFileType.SymbolicLink,
        '3' => OciFileType.CharacterDevice,
        '4' => OciFileType.BlockDevice,
        '5' or DumpDirectory => OciFileType.Directory,
        '6' => OciFileType.Fifo,

        // Before POSIX, a slash at the end of the name was all that made a directory.
        '\0' when name.EndsWith('/') => OciFileType.Directory,
        '0' when header.IsVersion7 && name.EndsWith('/') => OciFileType.Directory,

        // "If other values are used, the file shall be treated as a regular file" (POSIX.1-2017, pax, ustar).
        _ => OciFileType.File,
    };

    private void BeginSparse(TarHeader header, PaxRecords records)
    {
        if (header.Type == 'S')
        {
            SparseMap = new TarSparseMap();
            SparseMap.AddOldPieces(header.SparseMap);
            _entry = _entry! with { Size = header.SparseSize };
            _stage = Stage.OldSparseMap;
            if (!header.HasMoreSparseMap)
                EndSparseMap();
            return;
        }

        if (records.FindSparseNumber("major") == 1 && records.FindSparseNumber("minor") == 0)
        {
            SparseMap = new TarSparseMap();
            _entry = _entry! with { Size = records.FindSparseNumber("realsize") ?? _entry.Size };
            _stage = Stage.SparseMap;
        }
        else if (records.FindSparse("map") is { } list)
        {
            SparseMap = new TarSparseMap();
            SparseMap.AddList(list);
            _entry = _entry! with { Size = records.FindSparseNumber("size") ?? _entry.Size };
            EndSparseMap();
        }
        else if (records.FindSparseNumber("size") is { } size)
        {
            SparseMap = records.SparseNumbers ?? new TarSparseMap();
            _entry = _entry! with { Size = size };
            EndSparseMap();
        }
    }

    private void EndSparseMap()
    {
        TarEntry entry = _entry!;
        NotNegative(entry.Size, "size");
        if (entry.Size > MaximumSparseSize)
            throw fault.Exceeded(_offset, entry.Name, "it is a sparse file of more than 16 TiB");
        SparseMap!.Check(entry.Size, StoredSize);
        _stage = Stage.Entry;
    }

    private static long NotNegative(long value, string name) =>
        value >= 0 ? value : throw new FormatException($"its {name} is negative");

    private static int DeviceNumber(long value) => value is >= 0 and <= int.MaxValue
        ? (int)value
        : throw new FormatException("its device number is out of range");
}
