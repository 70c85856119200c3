namespace OciTools.RootFs;

/// <summary>
/// Where the stored pieces of a sparse file belong; between them are holes, which are zeros. The map is collected
/// number by number: the offset and the length of each piece.
/// </summary>
/// <remarks>What is malformed is a <see cref="FormatException"/>.</remarks>
internal sealed class TarSparseMap
{
    /// <summary>The length of a piece in a header of GNU tar: two numbers of 12 bytes.</summary>
    public const int OldPieceLength = 2 * OldNumberLength;

    private const int OldNumberLength = 12;
    private const int OldPiecesPerBlock = 21;
    private const int MaximumPieces = 1 << 20;

    private readonly List<long> _numbers = [];
    private long _partialNumber;
    private bool _hasDigits;
    private long? _declaredPieces;

    /// <summary>How many pieces there are.</summary>
    public int Count => _numbers.Count / 2;

    /// <summary>Where a piece belongs in the file.</summary>
    public long GetOffset(int piece) => _numbers[2 * piece];

    /// <summary>How long a piece is.</summary>
    public long GetLength(int piece) => _numbers[(2 * piece) + 1];

    /// <summary>Adds an offset or a length.</summary>
    public void Add(long number)
    {
        if (_numbers.Count >= 2 * MaximumPieces)
            throw new FormatException("its sparse map has too many pieces");
        _numbers.Add(number);
    }

    /// <summary>Adds the pieces of a header of GNU tar; an empty one is the last.</summary>
    public void AddOldPieces(ReadOnlySpan<byte> pieces)
    {
        for (; pieces.Length >= OldPieceLength && pieces[0] != 0; pieces = pieces[OldPieceLength..])
        {
            if (!TarHeader.TryReadNumber(pieces[..OldNumberLength], out long offset)
                || !TarHeader.TryReadNumber(pieces[OldNumberLength..OldPieceLength], out long length))
            {
                throw new FormatException("its sparse map is malformed");
            }

            Add(offset);
            Add(length);
        }
    }

    /// <summary>Adds a block that continues the map of a header of GNU tar.</summary>
    /// <returns>Whether another such block follows.</returns>
    public bool AddOldBlock(ReadOnlySpan<byte> block)
    {
        AddOldPieces(block[..(OldPiecesPerBlock * OldPieceLength)]);
        return block[OldPiecesPerBlock * OldPieceLength] != 0;
    }

    /// <summary>Adds a list of numbers with commas (GNU sparse format 0.1).</summary>
    public void AddList(string list)
    {
        foreach (string number in list.Split(','))
            Add(PaxRecords.ParseNumber("GNU.sparse.map", number));
    }

    /// <summary>
    /// Adds a block from the start of the data of a file: the number of pieces, then offsets and lengths, each in
    /// decimal on a line (GNU sparse format 1.0).
    /// </summary>
    /// <returns>Whether another such block follows.</returns>
    public bool AddTextBlock(ReadOnlySpan<byte> block)
    {
        foreach (byte character in block)
        {
            if (_declaredPieces is { } pieces && Count == pieces && _numbers.Count % 2 == 0)
                return false;

            if (character is >= (byte)'0' and <= (byte)'9' && _partialNumber < long.MaxValue / 10)
            {
                _partialNumber = (_partialNumber * 10) + (character - '0');
                _hasDigits = true;
            }
            else if (character == '\n' && _hasDigits)
            {
                EndNumber();
            }
            else
            {
                throw new FormatException("its sparse map is malformed");
            }
        }

        return _declaredPieces != Count || _numbers.Count % 2 != 0;
    }

    /// <summary>Checks that the pieces are in order, within the file, and together as long as what is stored.</summary>
    /// <param name="size">The size of the file with its holes.</param>
    /// <param name="stored">How much is stored.</param>
    public void Check(long size, long stored)
    {
        long end = 0;
        long sum = 0;
        for (int piece = 0; piece < Count; piece++)
        {
            long offset = GetOffset(piece);
            long length = GetLength(piece);
            if (offset < end || length < 0 || length > size - offset)
                throw new FormatException("the pieces of its sparse map overlap, or go beyond its size");
            end = offset + length;
            sum += length;
        }

        if (_numbers.Count % 2 != 0 || sum != stored)
            throw new FormatException("its sparse map does not fit to what is stored");
    }

    private void EndNumber()
    {
        if (_declaredPieces is null)
            _declaredPieces = _partialNumber;
        else
            Add(_partialNumber);
        _partialNumber = 0;
        _hasDigits = false;
    }
}
