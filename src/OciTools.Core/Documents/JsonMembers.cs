using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace OciTools;

/// <summary>Reads members of JSON objects. An absent member and one that is null mean the same.</summary>
/// <remarks>
/// What does not fit throws a <see cref="FormatException"/> whose message is a clause that names the member by its
/// path, for example "'layers[3].size' is not a whole number".
/// <para>
/// A member is found whatever the case of its name, as Go's decoder finds it and with it most tools: a document must
/// not tell them what it hides from us. One with two such members is refused, see <see
/// cref="DocumentReader.RefuseLookalikes"/>.
/// </para>
/// </remarks>
internal static class JsonMembers
{
    public static JsonElement? Find(this JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out JsonElement value))
        {
            foreach (JsonProperty member in element.EnumerateObject())
            {
                if (member.IsCalled(name))
                    value = member.Value;
            }
        }

        return value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : value;
    }

    /// <summary>Whether there is a member that Go would take for the one of this name.</summary>
    public static bool Has(this JsonElement element, string name) =>
        element.EnumerateObject().Any(member => member.IsCalled(name));

    /// <summary>Whether Go would take the member for the one of this name.</summary>
    public static bool IsCalled(this JsonProperty member, string name)
    {
        ReadOnlySpan<byte> written = JsonMarshal.GetRawUtf8PropertyName(member);
        return Ascii.IsValid(written) && !written.Contains((byte)'\\')
            ? Ascii.EqualsIgnoreCase(written, name)
            : Fold(member.Name).Equals(name, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// The name without the two letters outside ASCII that Go takes for letters of ASCII: the long s and the Kelvin
    /// sign.
    /// </summary>
    public static string Fold(string name) => name.Replace('\u017F', 's').Replace('\u212A', 'k');

    public static JsonElement? FindObject(this JsonElement element, string name, string path) =>
        element.FindKind(name, path, JsonValueKind.Object, "an object");

    public static JsonElement? FindArray(this JsonElement element, string name, string path) =>
        element.FindKind(name, path, JsonValueKind.Array, "a list");

    public static string? FindText(this JsonElement element, string name, string path) =>
        element.Find(name)?.Text(Join(path, name));

    public static string RequireText(this JsonElement element, string name, string path) =>
        element.FindText(name, path) is { Length: > 0 } text ? text : throw Missing(Join(path, name));

    /// <summary>The text of a string element.</summary>
    public static string Text(this JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.String)
            throw new FormatException($"'{path}' is not a string");

        try
        {
            return element.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            // Half a surrogate pair.
            throw new FormatException($"'{path}' is not valid Unicode text", exception);
        }
    }

    public static long? FindInteger(this JsonElement element, string name, string path)
    {
        if (element.Find(name) is not { } value)
            return null;

        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number)
            ? number
            : throw new FormatException($"'{Join(path, name)}' is not a whole number");
    }

    public static bool FindBoolean(this JsonElement element, string name, string path) =>
        element.Find(name)?.ValueKind switch
        {
            null or JsonValueKind.False => false,
            JsonValueKind.True => true,
            _ => throw new FormatException($"'{Join(path, name)}' is neither true nor false"),
        };

    public static DateTimeOffset? FindTime(this JsonElement element, string name, string path)
    {
        if (element.FindText(name, path) is not { Length: > 0 } text)
            return null;

        return DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time)
            ? time
            : throw new FormatException($"'{Join(path, name)}' is not a date and time (RFC 3339)");
    }

    public static Digest ReadDigest(this JsonElement element, string path) =>
        Digest.TryParse(element.Text(path), out Digest? digest, out string? reason)
            ? digest
            : throw new FormatException($"'{path}' is not a digest: {reason}");

    public static IReadOnlyList<string> FindTexts(this JsonElement element, string name, string path) =>
        element.FindList(name, path, Text);

    public static IReadOnlyList<T> FindList<T>(
        this JsonElement element, string name, string path, Func<JsonElement, string, T> read)
    {
        if (element.FindArray(name, path) is not { } array)
            return [];

        var list = new List<T>(array.GetArrayLength());
        foreach (JsonElement item in array.EnumerateArray())
            list.Add(read(item, string.Create(CultureInfo.InvariantCulture, $"{Join(path, name)}[{list.Count}]")));
        return list;
    }

    public static IReadOnlyDictionary<string, string> FindMap(this JsonElement element, string name, string path)
    {
        if (element.FindObject(name, path) is not { } map)
            return Descriptor.EmptyAnnotations;

        string mapPath = Join(path, name);
        var texts = new Dictionary<string, string>(map.GetPropertyCount());
        foreach (JsonProperty member in map.EnumerateObject())
        {
            string memberPath = Join(mapPath, DisplayText.Sanitize(member.Name));
            texts[member.Name] = member.Value.ValueKind == JsonValueKind.Null ? "" : member.Value.Text(memberPath);
        }

        return texts.AsReadOnly();
    }

    public static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";

    public static FormatException Missing(string path) => new($"'{path}' is missing");

    private static JsonElement? FindKind(
        this JsonElement element, string name, string path, JsonValueKind kind, string kindName)
    {
        JsonElement? value = element.Find(name);
        return value is null || value.Value.ValueKind == kind
            ? value
            : throw new FormatException($"'{Join(path, name)}' is not {kindName}");
    }
}
