namespace OciTools.RootFs;

/// <summary>
/// Reads a tar archive from its start to its end, without seeking: old (v7), POSIX (ustar, pax) and GNU formats.
/// </summary>
/// <remarks>
/// <para>
/// Sparse files are expanded. Two blocks of zeros end the archive, as does the end of the stream between two entries;
/// what follows is not read. Reading fails with <see cref="OciException"/>: <see cref="OciErrorCode.ArchiveInvalid"/>
/// for a malformed archive, <see cref="OciErrorCode.LimitExceeded"/> for a header over 1 MiB or a sparse file over 16
/// TiB, <see cref="OciErrorCode.NotSupported"/> for a part of a multi-volume archive.
/// </para>
/// <para>
/// The size in an extended header replaces the one in the header, once, for the content and for what follows alike.
/// Where readers are known to disagree on what an archive holds, it is refused.
/// </para>
/// </remarks>
internal sealed class TarReader : IAsyncDisposable, IDisposable
{
    private readonly Stream _archive;
    private readonly bool _leaveOpen;
    private readonly TarFault _fault;
    private readonly TarInput _input;
    private readonly TarHeaderParser _parser;
    private TarEntry? _entry;
    private TarDataStream? _data;
    private int _padding;

    /// <summary>Creates a reader.</summary>
    /// <param name="archive">The archive.</param>
    /// <param name="about">What the archive is, as the target of errors: a descriptor, a path.</param>
    /// <param name="leaveOpen">Whether <paramref name="archive"/> stays open when the reader is disposed.</param>
    public TarReader(Stream archive, object? about = null, bool leaveOpen = false)
    {
        ArgumentNullException.ThrowIfNull(archive);
        _archive = archive;
        _leaveOpen = leaveOpen;
        _fault = new TarFault(about);
        _input = new TarInput(archive);
        _parser = new TarHeaderParser(_fault);
    }

    /// <summary>Reads the next entry.</summary>
    /// <returns>The entry; null at the end of the archive.</returns>
    public TarEntry? ReadEntry()
    {
        long content = EndEntry();
        CheckSkipped(_input.Skip(content));
        _input.Skip(_padding);
        _parser.Begin();
        while (!_parser.IsDone)
        {
            int wanted = _parser.Wanted;
            Parse(wanted, _input.Fill(wanted));
        }

        return BeginEntry();
    }

    /// <inheritdoc cref="ReadEntry"/>
    public async ValueTask<TarEntry?> ReadEntryAsync(CancellationToken cancellationToken)
    {
        long content = EndEntry();
        CheckSkipped(await _input.SkipAsync(content, cancellationToken).ConfigureAwait(false));
        await _input.SkipAsync(_padding, cancellationToken).ConfigureAwait(false);
        _parser.Begin();
        while (!_parser.IsDone)
        {
            int wanted = _parser.Wanted;
            Parse(wanted, await _input.FillAsync(wanted, cancellationToken).ConfigureAwait(false));
        }

        return BeginEntry();
    }

    public void Dispose()
    {
        _data?.End();
        _input.Dispose();
        if (!_leaveOpen)
            _archive.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _data?.End();
        _input.Dispose();
        if (!_leaveOpen)
            await _archive.DisposeAsync().ConfigureAwait(false);
    }

    /// <returns>How much of the content has not been read.</returns>
    private long EndEntry()
    {
        _data?.End();
        return _data?.Remaining ?? 0;
    }

    private void CheckSkipped(long missing)
    {
        if (missing > 0)
            throw _fault.Invalid(_input.Offset, _entry?.Name, "it ends too early");
    }

    private void Parse(int wanted, int available)
    {
        long offset = _input.Offset;
        if (available == wanted)
            _parser.Accept(_input.Take(wanted), offset);
        else if (available == 0)
            _parser.AcceptEnd(offset);
        else
            throw _fault.Invalid(offset, null, "it ends in the middle of a block");
    }

    private TarEntry? BeginEntry()
    {
        _data = null;
        _padding = 0;
        _entry = _parser.Entry;
        if (_entry is null)
            return null;

        _padding = TarHeaderParser.GetPadding(_parser.StoredSize);
        _data = new TarDataStream(_input, _entry, _parser.StoredSize, _fault);
        Stream content = _parser.SparseMap is { } map ? new TarSparseStream(_data, map, _entry.Size) : _data;
        return _entry.Type == OciFileType.File ? _entry with { Data = content } : _entry;
    }
}
