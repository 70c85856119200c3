using System.Text.Json;

namespace OciTools.Comparing;

/// <summary>
/// Takes a config apart into its members, those that nobody knows included: <c>created</c>, <c>User</c>,
/// <c>Env.PATH</c>, <c>Labels.maintainer</c>, <c>ExposedPorts.80/tcp</c>. Those under <c>config</c> stand directly.
/// </summary>
/// <remarks>
/// Layers and history are left out. What is null, empty or false is not there: builders differ in whether they write
/// it.
/// </remarks>
internal static class ConfigFields
{
    /// <summary>Reads the members.</summary>
    /// <param name="document">The config, which <see cref="ImageConfig.Parse"/> takes.</param>
    public static OrderedDictionary<string, object> Read(RawDocument document)
    {
        var fields = new OrderedDictionary<string, object>(StringComparer.Ordinal);
        using JsonDocument json = DocumentReader.Parse(document.Bytes);
        foreach (JsonProperty member in json.RootElement.EnumerateObject())
        {
            switch (member.Name)
            {
                case "history":
                    break;
                case "config" when member.Value.ValueKind == JsonValueKind.Object:
                    AddRun(fields, member.Value);
                    break;
                case "rootfs" when member.Value.ValueKind == JsonValueKind.Object:
                    foreach (JsonProperty part in member.Value.EnumerateObject().Where(part => part.Name != "diff_ids"))
                        Add(fields, JsonMembers.Join(member.Name, part.Name), part.Value);
                    break;
                default:
                    Add(fields, member.Name, member.Value);
                    break;
            }
        }

        return fields;
    }

    /// <summary>Whether two values are the same.</summary>
    public static bool AreEqual(object? left, object? right) => left is string[] one && right is string[] other
        ? one.SequenceEqual(other, StringComparer.Ordinal)
        : Equals(left, right);

    private static void AddRun(OrderedDictionary<string, object> fields, JsonElement run)
    {
        foreach (JsonProperty member in run.EnumerateObject())
        {
            if (member is { Name: "Env", Value.ValueKind: JsonValueKind.Array })
                AddEnvironment(fields, member);
            else if (member is { Name: "ExposedPorts" or "Volumes", Value.ValueKind: JsonValueKind.Object })
                AddSet(fields, member);
            else
                Add(fields, member.Name, member.Value);
        }
    }

    private static void AddEnvironment(OrderedDictionary<string, object> fields, JsonProperty member)
    {
        foreach (JsonElement item in member.Value.EnumerateArray())
        {
            string[] parts = item.Text(member.Name).Split('=', 2);
            fields[JsonMembers.Join(member.Name, parts[0])] = parts.Length > 1 ? parts[1] : "";
        }
    }

    /// <summary>A set is an object with empty values, because Go has no set.</summary>
    private static void AddSet(OrderedDictionary<string, object> fields, JsonProperty member)
    {
        foreach (JsonProperty item in member.Value.EnumerateObject())
            fields[JsonMembers.Join(member.Name, item.Name)] = true;
    }

    private static void Add(OrderedDictionary<string, object> fields, string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object)
        {
            foreach (JsonProperty member in value.EnumerateObject())
                Add(fields, JsonMembers.Join(name, member.Name), member.Value);
        }
        else if (Convert(value) is { } simple)
        {
            fields[name] = simple;
        }
    }

    private static object? Convert(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => TextOf(value) is { Length: > 0 } text ? text : null,
        JsonValueKind.Number => value.TryGetInt64(out long number) ? number : value.GetRawText(),
        JsonValueKind.True => true,
        JsonValueKind.Array when value.GetArrayLength() > 0 => value.EnumerateArray().Select(TextOf).ToArray(),
        _ => null,
    };

    // Half a surrogate pair has no text; what stands in the document tells it apart.
    private static string TextOf(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();
        }
        catch (InvalidOperationException)
        {
            return value.GetRawText();
        }
    }
}
