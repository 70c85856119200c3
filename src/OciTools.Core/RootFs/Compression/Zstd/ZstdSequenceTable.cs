namespace OciTools.RootFs;

/// <summary>One of the three tables of the sequences of a block, in whichever way blocks come by it.</summary>
internal sealed class ZstdSequenceTable(FseCode code)
{
    private readonly FseTable _own = new(code);

    /// <summary>The table of the latest block; null when there has been none in this frame.</summary>
    public FseTable? Current { get; private set; }

    /// <summary>Starts a frame.</summary>
    public void Reset() => Current = null;

    /// <summary>Comes by the table of a block (RFC 8878, section 3.1.1.3.2.1).</summary>
    /// <param name="mode">How: predefined, one symbol, described, or repeated.</param>
    /// <param name="source">Starts with the description, if there is one.</param>
    /// <returns>How many bytes the description takes.</returns>
    /// <exception cref="ZstdException">The description is malformed, or there is nothing to repeat.</exception>
    public int Read(int mode, ReadOnlySpan<byte> source)
    {
        switch (mode)
        {
            case 0:
                Current = code.Default;
                return 0;
            case 1:
                if (source.IsEmpty)
                    throw new ZstdException($"the symbol of {code.Name} is missing");
                _own.BuildSingle(source[0]);
                Current = _own;
                return 1;
            case 2:
                int length = _own.Read(source);
                Current = _own;
                return length;
            default:
                if (Current is null)
                    throw new ZstdException($"there is no table of {code.Name} to repeat");
                return 0;
        }
    }
}
