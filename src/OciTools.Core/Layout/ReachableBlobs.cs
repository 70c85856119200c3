using System.Text.Json;

namespace OciTools.Layout;

/// <summary>The blobs that an <c>index.json</c> leads to.</summary>
/// <remarks>
/// In doubt a blob is reachable: every text in a document that has the form of a digest counts, so that artifacts of
/// types that nobody here knows, subjects, and Docker's schema 1 keep what they need. What a document does not hold of
/// itself, such as the left-out platforms of a sparse index, may be absent.
/// </remarks>
internal sealed class ReachableBlobs(LayoutPaths paths)
{
    // Members that are repeated are looked at both times. Real documents are flat; what is nested deeper is refused.
    private static readonly JsonDocumentOptions s_options = new() { MaxDepth = 256 };

    private readonly HashSet<Digest> _digests = [];
    private readonly HashSet<Reach> _read = [];
    private readonly HashSet<Reach> _absent = [];

    public bool Contains(Digest digest) => _digests.Contains(digest);

    /// <summary>
    /// Adds what an index leads to. What was read before is not read again; what was absent is looked for again.
    /// </summary>
    /// <exception cref="OciException">A document is damaged, or is none.</exception>
    public async Task AddAsync(LayoutIndex index, CancellationToken cancellationToken)
    {
        var pending = new Stack<Reach>(_absent);
        _absent.Clear();
        Push(index.Bytes, pending);
        while (pending.TryPop(out Reach reach))
        {
            cancellationToken.ThrowIfCancellationRequested();
            _digests.Add(reach.Digest);
            if (reach.Kind == ReachKind.Content || !_read.Add(reach))
                continue;
            if (LayoutFiles.FindBlob(paths, reach.Digest) is { } file)
            {
                await ReadAsync(reach, file, pending, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                _read.Remove(reach);
                _absent.Add(reach);
            }
        }
    }

    private static async Task ReadAsync(
        Reach reach, FileInfo file, Stack<Reach> pending, CancellationToken cancellationToken)
    {
        if (file.Length > ContentLimits.Document && reach.Kind == ReachKind.Json)
            return;
        byte[] bytes = await LayoutFiles.ReadDocumentAsync(file, cancellationToken).ConfigureAwait(false);
        Digest actual = Digest.Compute(bytes, reach.Digest.Algorithm);
        if (!actual.Equals(reach.Digest))
            throw new OciException(
                OciErrorCode.ContentMismatch,
                $"'{file.FullName}' holds {actual}, so it is damaged, and what it needs cannot be told. "
                + "Nothing was removed; repair the image first.",
                file.FullName);
        try
        {
            Push(bytes, pending);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Of content that is not a document for certain, only what can be read counts.
            if (reach.Kind == ReachKind.Document)
                throw new OciException(
                    OciErrorCode.ManifestInvalid,
                    $"'{file.FullName}' should be a manifest but cannot be read, and what it needs cannot be told. "
                    + "Nothing was removed; remove the image from 'index.json' first.",
                    file.FullName,
                    exception);
        }
    }

    private static void Push(ReadOnlyMemory<byte> bytes, Stack<Reach> pending)
    {
        using JsonDocument document = JsonDocument.Parse(bytes, s_options);
        Push(document.RootElement, ReachKind.Content, pending);
    }

    private static void Push(JsonElement element, ReachKind kind, Stack<Reach> pending)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.String when Digest.TryParse(element.GetString(), out Digest? digest):
                pending.Push(new Reach(digest, kind));
                break;
            case JsonValueKind.Array:
                foreach (JsonElement item in element.EnumerateArray())
                    Push(item, ReachKind.Content, pending);
                break;
            case JsonValueKind.Object:
                ReachKind described = KindOf(element);
                foreach (JsonProperty member in element.EnumerateObject())
                {
                    if (Digest.TryParse(member.Name, out Digest? name))
                        pending.Push(new Reach(name, ReachKind.Content));
                    Push(member.Value, member.IsCalled("digest") ? described : ReachKind.Content, pending);
                }

                break;
        }
    }

    /// <summary>What a descriptor describes; anything that is JSON may refer to more.</summary>
    private static ReachKind KindOf(JsonElement element)
    {
        string? mediaType = element.Find("mediaType") is { ValueKind: JsonValueKind.String } value
            ? value.GetString()
            : null;
        if (MediaTypes.IsDocument(mediaType))
            return ReachKind.Document;
        bool isJson = mediaType is not null && mediaType.EndsWith("json", StringComparison.Ordinal);
        return isJson && !MediaTypes.IsConfig(mediaType) ? ReachKind.Json : ReachKind.Content;
    }

    private enum ReachKind
    {
        Content,
        Json,
        Document,
    }

    private readonly record struct Reach(Digest Digest, ReachKind Kind);
}
