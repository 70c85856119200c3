using System.Globalization;

namespace OciTools.Reliability;

/// <summary>The options of a verb: names that begin with two dashes, each with a value.</summary>
internal sealed class CommandLine
{
    private readonly Dictionary<string, string> _values = [];

    /// <exception cref="FormatException">A name that is not known, or without a value.</exception>
    public CommandLine(string[] arguments, params string[] known)
    {
        foreach (string[] pair in arguments.Chunk(2))
        {
            if (!known.Contains(pair[0]))
                throw new FormatException($"There is no option {pair[0]}.");
            if (pair is not [string name, string value])
                throw new FormatException($"{pair[0]} needs a value.");
            _values[name] = value;
        }
    }

    public string? Text(string name) => _values.GetValueOrDefault(name);

    public int? Number(string name) =>
        Text(name) is not { } text ? null
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number
        : throw new FormatException($"{name} needs a number.");
}
