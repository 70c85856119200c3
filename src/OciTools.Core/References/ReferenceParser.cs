namespace OciTools;

/// <summary>Takes the text of an image reference apart.</summary>
internal static class ReferenceParser
{
    public const string LayoutPrefix = "oci:";
    public const string OciArchivePrefix = "oci-archive:";
    public const string DockerArchivePrefix = "docker-archive:";

    private const string RegistryPrefix = "docker://";

    /// <summary>Parses the text, or says why it cannot be parsed: a clause without a final stop.</summary>
    public static ImageReference? Parse(string text, out string? reason)
    {
        (TransportKind transport, string prefix) = text switch
        {
            _ when HasPrefix(LayoutPrefix) => (TransportKind.Layout, LayoutPrefix),
            _ when HasPrefix(OciArchivePrefix) => (TransportKind.OciArchive, OciArchivePrefix),
            _ when HasPrefix(DockerArchivePrefix) => (TransportKind.DockerArchive, DockerArchivePrefix),
            _ when HasPrefix(RegistryPrefix) => (TransportKind.Registry, RegistryPrefix),
            _ => (TransportKind.Registry, ""),
        };

        return transport == TransportKind.Registry
            ? ParseRegistry(text, prefix.Length, out reason)
            : ParsePath(transport, text, prefix, out reason);

        bool HasPrefix(string prefix) => text.StartsWith(prefix, StringComparison.Ordinal);
    }

    private static ImageReference? ParseRegistry(string text, int start, out string? reason)
    {
        if (text.Length == start)
            return Fail("it is empty", out reason);

        foreach (string scheme in (string[])["https://", "http://"])
        {
            if (text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
                return Fail($"a reference has no scheme; leave out the '{scheme}'", out reason);
        }

        if (text[start] is '.' or '/' or '~' || text.Contains('\\', StringComparison.Ordinal))
            return Fail("it looks like a path; write 'oci:' before the path of an image layout", out reason);

        // distribution/reference keeps 64 hexadecimal characters for image ids.
        if (text.Length - start == 64 && !text.AsSpan(start).ContainsAnyExcept("0123456789abcdef"))
            return Fail("64 hexadecimal characters are an image id, not a repository", out reason);

        if (Digest.TryParse(text[start..], out _))
            return Fail("a digest alone does not say where the image is; write repository@digest", out reason);

        int at = text.IndexOf('@', start);
        string name = at < 0 ? text[start..] : text[start..at];

        int slash = name.IndexOf('/', StringComparison.Ordinal);
        string? host = slash >= 0 && ReferenceGrammar.IsHost(name[..slash]) ? name[..slash] : null;
        if (host is not null && (reason = ReferenceGrammar.CheckHost(host, start)) is not null)
            return null;

        string registry = host is null ? ImageReference.DockerHub : ImageReference.NormalizeRegistry(host);
        int repositoryStart = host is null ? 0 : slash + 1;
        int colon = name.IndexOf(':', repositoryStart);
        string written = colon < 0 ? name[repositoryStart..] : name[repositoryStart..colon];
        reason = ReferenceGrammar.CheckRepository(written, start + repositoryStart);
        if (reason is not null)
            return null;

        string repository = ImageReference.NormalizeRepository(registry, written);
        if (repository.Length > ReferenceGrammar.MaximumRepositoryLength)
            return Fail(ReferenceGrammar.RepositoryTooLong(repository), out reason);

        string? tag = colon < 0 ? null : name[(colon + 1)..];
        if (tag is not null && (reason = ReferenceGrammar.CheckTag(tag, start + colon + 1)) is not null)
            return null;

        Digest? digest = null;
        if (at >= 0 && (digest = ParseDigest(text, at + 1, out reason)) is null)
            return null;

        bool isTagImplied = tag is null && digest is null;
        return new ImageReference(registry, repository, isTagImplied ? ImageReference.DefaultTag : tag, digest)
        {
            IsTagImplied = isTagImplied,
        };
    }

    private static ImageReference? ParsePath(TransportKind transport, string text, string prefix, out string? reason)
    {
        int at = FindDigest(text, prefix.Length);
        int end = at < 0 ? text.Length : at;
        int colon = FindName(text, prefix.Length, end);

        string path = text[prefix.Length..(colon < 0 ? end : colon)];
        reason = ReferenceGrammar.CheckPath(path, prefix);
        if (reason is not null)
            return null;

        string? tag = colon < 0 ? null : text[(colon + 1)..end];
        if (tag is not null && (reason = ReferenceGrammar.CheckName(tag, colon + 1)) is not null)
            return null;

        if (tag is ['@', ..])
            return Fail(
                $"'{DisplayText.Sanitize(tag)}' is no name; choose an image by its name or digest, not by its position",
                out reason);

        Digest? digest = null;
        if (at >= 0 && (digest = ParseDigest(text, at + 1, out reason)) is null)
            return null;

        return new ImageReference(transport, path, tag, digest);
    }

    /// <summary>A path may have an '@' of its own, so only one before a hash algorithm counts.</summary>
    private static int FindDigest(string text, int start)
    {
        int at = text.LastIndexOf('@');
        ReadOnlySpan<char> after = text.AsSpan(at + 1);
        bool isDigest = at >= start && after.Length > 3 && after.StartsWith("sha") && char.IsAsciiDigit(after[3]);
        return isDigest ? at : -1;
    }

    /// <summary>
    /// A colon before a slash or backslash belongs to the path: a drive (<c>C:\</c>), a PowerShell drive
    /// (<c>Temp:/</c>) or <c>\\?\C:\</c>. No name begins with a slash.
    /// </summary>
    private static int FindName(string text, int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (text[i] == ':' && (i + 1 == end || text[i + 1] is not ('/' or '\\')))
                return i;
        }

        return -1;
    }

    private static Digest? ParseDigest(string text, int start, out string? reason)
    {
        string written = text[start..];
        if (Digest.TryParse(written, out Digest? digest, out string? why))
        {
            reason = null;
            return digest;
        }

        reason = $"the digest '{DisplayText.Sanitize(written)}' at position {start + 1} is wrong: {why}";
        return null;
    }

    private static ImageReference? Fail(string why, out string? reason)
    {
        reason = why;
        return null;
    }
}
