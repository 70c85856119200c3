using System.Text.Json;

namespace OciTools.Registry.Auth;

/// <summary>
/// A credential file of docker (<c>config.json</c>) or podman (<c>auth.json</c>), whose formats are one
/// (containers-auth.json(5)).
/// </summary>
internal sealed class CredentialFile
{
    private const string ByteOrderMark = "\uFEFF";

    private readonly List<CredentialFileEntry> _entries = [];
    private readonly Dictionary<string, string> _helpers = [];
    private string? _defaultHelper;

    private CredentialFile(string source) => Source = source;

    /// <summary>The file's path, or the name of the variable that holds its text.</summary>
    public string Source { get; }

    /// <summary>Reads the text of a file.</summary>
    /// <exception cref="JsonException">It is not JSON, or not of this form.</exception>
    public static CredentialFile Parse(string json, string source)
    {
        try
        {
            return Read(json, source);
        }
        catch (InvalidOperationException exception)
        {
            throw new JsonException("The text is not valid Unicode.", exception);
        }
    }

    private static CredentialFile Read(string json, string source)
    {
        var file = new CredentialFile(source);
        string text = json.StartsWith(ByteOrderMark, StringComparison.Ordinal) ? json[1..] : json;
        using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 32 });
        if (document.RootElement.ValueKind != JsonValueKind.Object)
            throw new JsonException("The text is not a JSON object.");

        foreach (JsonProperty auth in Members(document.RootElement, "auths"))
        {
            file._entries.Add(new CredentialFileEntry
            {
                Key = CredentialKey.Parse(auth.Name),
                Auth = Text(auth.Value, "auth"),
                UserName = Text(auth.Value, "username"),
                Password = Text(auth.Value, "password"),
                IdentityToken = Text(auth.Value, "identitytoken"),
                RegistryToken = Text(auth.Value, "registrytoken"),
            });
        }

        foreach (JsonProperty helper in Members(document.RootElement, "credHelpers"))
        {
            if (helper.Value.ValueKind == JsonValueKind.String)
                file._helpers[CredentialKey.Parse(helper.Name).Host] = helper.Value.GetString()!;
        }

        file._defaultHelper = Text(document.RootElement, "credsStore");
        return file;
    }

    /// <summary>The hosts that the file names, in their normal form.</summary>
    public IEnumerable<string> Hosts => _entries.Select(entry => entry.Key.Host).Concat(_helpers.Keys).Distinct();

    /// <summary>The helpers that hold the credential of a registry, the one named for it first.</summary>
    public IEnumerable<string> HelpersFor(string normalizedHost)
    {
        if (_helpers.TryGetValue(normalizedHost, out string? helper) && helper.Length > 0)
            yield return helper;
        if (!string.IsNullOrEmpty(_defaultHelper) && _defaultHelper != helper)
            yield return _defaultHelper;
    }

    /// <summary>The entries for a repository of a registry, those for the longest path first.</summary>
    public IEnumerable<CredentialFileEntry> EntriesFor(string normalizedHost, string? repository) =>
        _entries
            .Where(entry => entry.Key.IsFor(normalizedHost, repository))
            .OrderByDescending(entry => entry.Key.Path.Length);

    private static IEnumerable<JsonProperty> Members(JsonElement element, string name) =>
        !element.TryGetProperty(name, out JsonElement value) || value.ValueKind == JsonValueKind.Null ? []
        : value.ValueKind == JsonValueKind.Object ? value.EnumerateObject()
        : throw new JsonException($"'{name}' is not a JSON object.");

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object
        && element.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
