namespace OciTools.Registry;

/// <summary>An upload that a registry has opened (distribution specification 1.1, "Pushing a blob").</summary>
/// <param name="Location">Where the next request of the upload goes to.</param>
/// <param name="MinimumChunk">The least size that the registry accepts for a chunk but the last.</param>
internal sealed record UploadSession(Uri Location, long MinimumChunk)
{
    /// <summary>The session that an answer opens or continues.</summary>
    /// <exception cref="OciException">The answer says nowhere to go, or somewhere unsafe.</exception>
    public static UploadSession From(RegistryAnswer answer, RepositoryApi api)
    {
        if (answer.Headers.Location is not { } location || !Uri.TryCreate(answer.Uri, location, out Uri? target))
        {
            throw new OciException(
                OciErrorCode.RegistryProtocol,
                $"{DisplayText.Sanitize(answer.Uri.Authority)} opens an upload but does not say where. "
                    + "Check that it is a container registry.",
                api.Location);
        }

        RedirectPolicy.Ensure(api.Connection.BaseUri, target);
        _ = long.TryParse(answer.Header("OCI-Chunk-Min-Length"), out long minimum);
        return new UploadSession(target, Math.Max(minimum, 0));
    }

    /// <summary>
    /// Where the closing request goes to: the location, with whatever is in its query, and the digest.
    /// </summary>
    public Uri ClosingLocation(Digest digest)
    {
        string kept = Location.Query.Length > 1 ? $"{Location.Query[1..]}&" : "";
        return new UriBuilder(Location) { Query = $"{kept}digest={Uri.EscapeDataString(digest.ToString())}" }.Uri;
    }

    /// <summary>The session after an answer that may have moved it.</summary>
    public UploadSession Continue(RegistryAnswer answer, RepositoryApi api) =>
        answer.Headers.Location is null ? this : From(answer, api) with { MinimumChunk = MinimumChunk };

    /// <summary>How many bytes an answer says that the registry has; null when it does not say.</summary>
    public static long? ReceivedBytes(RegistryAnswer answer)
    {
        // "0-99", without a unit. An upload without a byte is "0-0" too, so that counts as nothing.
        string? range = answer.Header("Range");
        int dash = range?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        return dash >= 0 && long.TryParse(range.AsSpan(dash + 1), out long last) && last >= 0
            ? last == 0 ? 0 : last + 1
            : null;
    }
}
