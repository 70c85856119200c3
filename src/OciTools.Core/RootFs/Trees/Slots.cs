namespace OciTools.RootFs;

/// <summary>
/// Values by their numbers, which start at 1. They lie in pieces, so that growing moves nothing and leaves nothing
/// behind. The number of a removed value is given again.
/// </summary>
internal sealed class Slots<T>
    where T : struct
{
    private const int PieceBits = 12;
    private const int PieceLength = 1 << PieceBits;

    private readonly List<T[]> _pieces = [];
    private readonly Stack<int> _free = new();

    /// <summary>The highest number that has been given.</summary>
    public int Last { get; private set; }

    public ref T this[int number] => ref _pieces[number >> PieceBits][number & (PieceLength - 1)];

    /// <summary>Adds a value, and gives its number.</summary>
    public int Add(T value)
    {
        if (!_free.TryPop(out int number))
        {
            number = ++Last;
            if (number >> PieceBits == _pieces.Count)
                _pieces.Add(GC.AllocateUninitializedArray<T>(PieceLength));
        }

        this[number] = value;
        return number;
    }

    public void Remove(int number)
    {
        this[number] = default;
        _free.Push(number);
    }
}
