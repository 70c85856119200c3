using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace OciTools.Registry;

/// <summary>The tags of a repository (distribution specification 1.1, "Listing Tags").</summary>
internal sealed class TagList(RepositoryApi api)
{
    private const int PageSize = 1000;

    // Registries that know no pages send all tags at once; 100 000 long ones fit.
    private const int MaximumPageBytes = 16 * 1024 * 1024;

    /// <summary>Lists the tags page by page, in the registry's order.</summary>
    public async IAsyncEnumerable<string> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Uri first = api.Url($"tags/list?n={PageSize}");
        RegistryAnswer answer = await GetAsync(first, cancellationToken).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.BadRequest)
        {
            // Some registries have a smaller limit and refuse what is above it.
            first = api.Url("tags/list");
            answer = await GetAsync(first, cancellationToken).ConfigureAwait(false);
        }

        var pages = new Pages(first);
        while (true)
        {
            foreach (string tag in Parse(answer))
                yield return tag;

            if (pages.Next(answer) is not { } next)
                yield break;
            answer = await GetAsync(next, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Whether the registry says that it has no such repository.</summary>
    public async Task<bool> IsRepositoryUnknownAsync(CancellationToken cancellationToken)
    {
        RegistryAnswer answer = await GetAsync(api.Url("tags/list?n=1"), cancellationToken).ConfigureAwait(false);
        return answer.Status == HttpStatusCode.NotFound;
    }

    // What is no tag cannot be asked for, and might be meant for the terminal.
    private static bool IsTag(JsonElement tag) =>
        tag.ValueKind == JsonValueKind.String && ReferenceGrammar.CheckTag(tag.GetString()!, 0) is null;

    private Task<RegistryAnswer> GetAsync(Uri uri, CancellationToken cancellationToken) =>
        api.ReadAsync(HttpMethod.Get, uri, MaximumPageBytes, cancellationToken);

    private IReadOnlyList<string> Parse(RegistryAnswer answer)
    {
        if (!answer.IsSuccess)
            throw api.Error(answer, ErrorSubject.Repository);

        try
        {
            using JsonDocument document = JsonDocument.Parse(answer.Body);
            // A repository without tags has null in some registries.
            return document.RootElement.TryGetProperty("tags", out JsonElement tags)
                && tags.ValueKind != JsonValueKind.Null
                ? [.. tags.EnumerateArray().Where(IsTag).Select(tag => tag.GetString()!)]
                : [];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            throw new OciException(
                OciErrorCode.RegistryProtocol,
                $"The list of tags of {api.Location} is not the JSON that the distribution specification asks for. "
                    + "Check that the host is a container registry.",
                api.Location,
                error);
        }
    }
}
