using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace OciTools.Registry;

/// <summary>
/// What refers to a manifest: through the referrers API, or through the tag that stands in for it where a registry has
/// none (distribution specification 1.1, "Listing Referrers" and "Referrers Tag Schema").
/// </summary>
internal sealed class Referrers(RepositoryApi api)
{
    private const int MaximumAttempts = 5;

    public async Task<IReadOnlyList<Descriptor>> ListAsync(Digest subject, CancellationToken cancellationToken)
    {
        if (api.Connection.SupportsReferrers != false
            && await ReadFromApiAsync(subject, cancellationToken).ConfigureAwait(false) is { } referrers)
            return referrers;

        RawDocument? index = await ReadFallbackAsync(subject, cancellationToken).ConfigureAwait(false);
        return index?.Index?.Manifests ?? [];
    }

    /// <summary>Sees to it that a document that was written is found by its subject.</summary>
    /// <param name="document">The document; it has a subject.</param>
    /// <param name="written">The registry's answer to it.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task RecordAsync(RawDocument document, RegistryAnswer written, CancellationToken cancellationToken)
    {
        Digest subject = document.Subject!.Digest;
        // ECR has sent OCI-Subject without having the API, so the API itself is asked, once.
        if (written.Header("OCI-Subject") is not null
            && (api.Connection.SupportsReferrers
                ?? await ReadFromApiAsync(subject, cancellationToken).ConfigureAwait(false) is not null))
            return;

        await api.Connection.ReferrersLock.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await AddToFallbackAsync(subject, document, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            api.Connection.ReferrersLock.Release();
        }
    }

    /// <returns>The referrers, or null when the registry has no such API.</returns>
    private async Task<IReadOnlyList<Descriptor>?> ReadFromApiAsync(Digest subject, CancellationToken cancellationToken)
    {
        Uri first = api.Url($"referrers/{subject}");
        var pages = new Pages(first);
        var referrers = new List<Descriptor>();
        for (Uri? page = first; page is not null;)
        {
            RegistryAnswer answer = await api.ReadAsync(
                HttpMethod.Get, page, ContentLimits.Document + 1, cancellationToken, MediaTypes.OciIndex)
                .ConfigureAwait(false);
            if (!answer.IsSuccess)
            {
                RegistryException error = api.Error(answer, ErrorSubject.Repository);
                if (error.IsTransient || error.Code is OciErrorCode.AuthenticationFailed or OciErrorCode.AccessDenied)
                    throw error;
                // The specification answers an unknown repository so, and that says nothing of the API.
                if (error.Errors.All(entry => entry.Code != "NAME_UNKNOWN"))
                    api.Connection.SupportsReferrers = false;
                return null;
            }

            // A registry that answers all addresses with a page of its own does not have the API.
            if (answer.MediaType != MediaTypes.OciIndex)
            {
                api.Connection.SupportsReferrers = false;
                return null;
            }

            RawDocument index = RawDocument.Create(answer.Body, answer.MediaType, api.Location);
            referrers.AddRange(index.Index?.Manifests ?? []);
            if (referrers.Count > 0)
                ContentLimits.CheckGraphSize(referrers.Count, referrers[^1]);
            page = pages.Next(answer);
        }

        api.Connection.SupportsReferrers = true;
        return referrers;
    }

    private async Task AddToFallbackAsync(Digest subject, RawDocument document, CancellationToken cancellationToken)
    {
        for (int attempt = 1; attempt <= MaximumAttempts; attempt++)
        {
            RawDocument? index = await ReadFallbackAsync(subject, cancellationToken).ConfigureAwait(false);
            if (index?.Index?.Manifests.Any(entry => entry.Digest.Equals(document.Digest)) == true)
                return;

            byte[] changed = WithEntry(index, document);
            Uri uri = api.ManifestUrl(FallbackTag(subject));
            RegistryAnswer answer = await api.WriteAsync(
                () => ManifestRequest(uri, changed, MediaTypes.OciIndex), cancellationToken).ConfigureAwait(false);
            if (!answer.IsSuccess)
                throw api.Error(answer, ErrorSubject.Manifest, FallbackTag(subject));
            // The next round looks whether somebody else has replaced the list meanwhile.
        }

        api.Report(
            TransferEventKind.Warned,
            $"{document.Digest} was written, but others keep replacing the list of what refers to {subject}; "
                + "it may be missing there");
    }

    private async Task<RawDocument?> ReadFallbackAsync(Digest subject, CancellationToken cancellationToken)
    {
        Uri uri = api.ManifestUrl(FallbackTag(subject));
        RegistryAnswer answer = await api.ReadAsync(
            HttpMethod.Get, uri, ContentLimits.Document + 1, cancellationToken, MediaTypes.OciIndex)
            .ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.NotFound)
            return null;
        if (!answer.IsSuccess)
            throw api.Error(answer, ErrorSubject.Manifest, FallbackTag(subject));
        return RawDocument.Create(answer.Body, answer.MediaType, api.Location.WithTag(FallbackTag(subject)));
    }

    public static HttpRequestMessage ManifestRequest(Uri uri, ReadOnlyMemory<byte> content, string mediaType)
    {
        var body = new ReadOnlyMemoryContent(content);
        body.Headers.TryAddWithoutValidation("Content-Type", mediaType);
        return RepositoryApi.ReplayableRequest(HttpMethod.Put, uri, body);
    }

    private static string FallbackTag(Digest subject)
    {
        // A tag has 128 characters at most, which cuts a sha512.
        string tag = $"{subject.Algorithm}-{subject.Hex}";
        return tag.Length <= 128 ? tag : tag[..128];
    }

    // Starts from the list as it was read, so that what is not known here lives on.
    private static byte[] WithEntry(RawDocument? index, RawDocument document)
    {
        JsonObject list = index is null
            ? new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = MediaTypes.OciIndex }
            : JsonNode.Parse(index.Bytes.Span)!.AsObject();
        if (list["manifests"] is not JsonArray entries)
            list["manifests"] = entries = [];
        entries.Add(EntryFor(document));
        return JsonSerializer.SerializeToUtf8Bytes(list);
    }

    private static JsonObject EntryFor(RawDocument document)
    {
        var entry = new JsonObject
        {
            ["mediaType"] = document.MediaType,
            ["digest"] = document.Digest.ToString(),
            ["size"] = document.Size,
        };
        string? artifactType = document.Manifest is { } manifest
            ? manifest.ArtifactType ?? manifest.Config.MediaType
            : document.Index?.ArtifactType;
        if (!string.IsNullOrEmpty(artifactType))
            entry["artifactType"] = artifactType;

        IReadOnlyDictionary<string, string>? annotations =
            document.Manifest?.Annotations ?? document.Index?.Annotations;
        if (annotations?.Count > 0)
        {
            var copied = new JsonObject();
            foreach ((string name, string value) in annotations)
                copied[name] = value;
            entry["annotations"] = copied;
        }

        return entry;
    }
}
