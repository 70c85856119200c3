using System.Globalization;
using System.Text;

namespace OciTools.Reliability.Load;

/// <summary>The figures in Markdown, printed as they come, and what was not as it must be.</summary>
internal sealed class LoadReport
{
    private readonly StringBuilder _text = new();

    public bool IsSound { get; private set; } = true;

    public void Title(string title)
    {
        Line("");
        Line($"### {title}");
        Line("");
    }

    /// <summary>The head of a table; all columns but the first are numbers.</summary>
    public void Columns(params string[] names)
    {
        Line($"| {string.Join(" | ", names)} |");
        Line($"|---|{string.Concat(Enumerable.Repeat("---:|", names.Length - 1))}");
    }

    /// <summary>A row of a table; fractions are shown to one place.</summary>
    public void Row(params object[] cells) => Line($"| {string.Join(" | ", cells.Select(Text))} |");

    /// <summary>Says what is wrong when it is.</summary>
    public void Expect(bool isRight, string wrong)
    {
        if (isRight)
            return;
        IsSound = false;
        Line("");
        Line($"WRONG: {wrong}");
    }

    public override string ToString() => _text.ToString();

    private static string Text(object cell) =>
        string.Create(CultureInfo.InvariantCulture, $"{(cell is double number ? Math.Round(number, 1) : cell)}");

    private void Line(string line)
    {
        _text.AppendLine(line);
        Console.WriteLine(line);
    }
}
