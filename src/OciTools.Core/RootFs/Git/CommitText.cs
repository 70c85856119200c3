using System.Globalization;
using System.Text.RegularExpressions;

namespace OciTools.RootFs;

/// <summary>What a commit says of a layer: who made it, when, and how. It depends on the image alone.</summary>
/// <param name="Author">Name, address in angle brackets, seconds since 1970 and time zone.</param>
/// <param name="Message">The line of the history.</param>
internal sealed partial record CommitText(string Author, string Message)
{
    private const string UnknownAuthor = "Unknown";

    /// <summary>Makes the texts of all layers of an image.</summary>
    public static IReadOnlyList<CommitText> Of(ImageContent image)
    {
        ImageHistory[] steps = [.. image.Config.History.Where(step => !step.EmptyLayer)];
        bool fits = steps.Length == image.Layers.Count;
        return [.. image.Layers.Select((layer, i) => Of(image.Config, fits ? steps[i] : new ImageHistory(), layer))];
    }

    private static CommitText Of(ImageConfig config, ImageHistory step, Descriptor layer)
    {
        string message = (step.CreatedBy ?? step.Comment ?? "").Replace("\0", "", StringComparison.Ordinal).TrimEnd();
        DateTimeOffset time = step.Created ?? config.Created ?? DateTimeOffset.UnixEpoch;
        return new CommitText(
            $"{Identify(config.Author ?? step.Author ?? "")} {Format(time)}",
            message.Length == 0 ? $"Layer {layer.Digest}\n" : $"{message}\n");
    }

    /// <summary>Takes <c>Name &lt;address&gt;</c> apart; what is not of this form is a name.</summary>
    private static string Identify(string author)
    {
        Match match = NameAndAddress().Match(author);
        string name = Clean(match.Success ? match.Groups["name"].Value : author);
        string address = Clean(match.Success ? match.Groups["address"].Value : "");
        return $"{(name.Length > 0 ? name : UnknownAuthor)} <{address}>";
    }

    /// <summary>Git ends a name at these characters.</summary>
    private static string Clean(string text) =>
        string.Concat(text.Where(character => character is not ('<' or '>') && !char.IsControl(character))).Trim();

    /// <summary>Git knows no time before 1970.</summary>
    private static string Format(DateTimeOffset time)
    {
        long seconds = Math.Max(0, time.ToUnixTimeSeconds());
        char sign = time.Offset < TimeSpan.Zero ? '-' : '+';
        return string.Create(CultureInfo.InvariantCulture, $"{seconds} {sign}{time.Offset:hhmm}");
    }

    [GeneratedRegex(@"^(?<name>[^<>]*)<(?<address>[^<>]*)>\s*$")]
    private static partial Regex NameAndAddress();
}
