namespace OciTools.Benchmarks;

/// <summary>A Markdown table, aligned for the eye: words to the left, figures to the right.</summary>
/// <param name="words">How many of the first columns hold words.</param>
/// <param name="headings">The headings of the columns.</param>
internal sealed class TextTable(int words, params string[] headings)
{
    private readonly List<string[]> _rows = [headings];

    public bool IsEmpty => _rows.Count == 1;

    public void Add(params string[] row) => _rows.Add(row);

    public override string ToString()
    {
        int[] widths = [.. headings.Select((_, column) => _rows.Max(row => row[column].Length))];
        string Line(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";
        IEnumerable<string> lines = _rows.Select(row => Line(row.Select((cell, column) =>
            column < words ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))));
        string rule = Line(widths.Select((width, column) =>
            column < words ? new string('-', width) : new string('-', width - 1) + ":"));
        return string.Join(Environment.NewLine, [lines.First(), rule, .. lines.Skip(1)]);
    }
}
