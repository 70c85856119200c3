using System.Net;
using System.Net.Http.Headers;
using OciTools.Transport;

namespace OciTools.Registry;

/// <summary>Opens one blob of a repository, from any offset, as often as it takes.</summary>
/// <param name="api">The repository.</param>
/// <param name="descriptor">The blob.</param>
/// <param name="end">The byte after the last that is wanted; null for all of the blob.</param>
internal sealed class BlobDownload(RepositoryApi api, Descriptor descriptor, long? end = null)
{
    // Where the blob is when the repository does not hold it; found once.
    private Uri? _external;

    public RepositoryApi Api { get; } = api;

    public Descriptor Descriptor { get; } = descriptor;

    /// <summary>Whether a part of the blob is wanted, and not all of it from somewhere on.</summary>
    public bool IsPart => end is not null;

    /// <summary>The byte after the last that is wanted.</summary>
    public long End => end ?? Descriptor.Size;

    /// <summary>Opens the blob at an offset; the answer has been checked and begins there, or at 0.</summary>
    /// <exception cref="OciException">
    /// The blob is not there, or the answer contradicts the request or the descriptor.
    /// </exception>
    public async Task<(HttpResponseMessage Response, long Start)> OpenAsync(
        long offset, CancellationToken cancellationToken)
    {
        HttpResponseMessage response = _external is null
            ? await OpenFromRegistryAsync(offset, cancellationToken).ConfigureAwait(false)
            : await OpenExternalAsync(_external, offset, cancellationToken).ConfigureAwait(false);
        try
        {
            return (response, CheckedStart(response, offset));
        }
        catch (OciException)
        {
            response.Dispose();
            throw;
        }
    }

    private async Task<HttpResponseMessage> OpenFromRegistryAsync(long offset, CancellationToken cancellationToken)
    {
        Uri uri = Api.BlobUrl(Descriptor.Digest);
        HttpResponseMessage response =
            await Api.OpenAsync(() => RangeRequest(uri, offset), cancellationToken).ConfigureAwait(false);
        if (response.IsSuccessStatusCode)
            return response;

        RegistryAnswer answer = await Api.Connection
            .BufferAsync(response, ContentLimits.ErrorBody, cancellationToken).ConfigureAwait(false);
        if (answer.Status == HttpStatusCode.RequestedRangeNotSatisfiable)
            throw WrongSize(DisplayText.Sanitize(answer.Uri.Authority), $"no more than {offset} bytes");
        if (answer.Status != HttpStatusCode.NotFound || Descriptor.Urls.Count == 0)
            throw Api.Error(answer, ErrorSubject.Blob, Descriptor);

        foreach (Uri external in Descriptor.Urls.Select(ExternalUri).OfType<Uri>())
        {
            Api.Report(
                TransferEventKind.Decided,
                $"{Api.Location} does not hold {Descriptor.Digest}; fetching it from "
                    + DisplayText.Sanitize(external.Authority),
                Descriptor);
            response = await OpenExternalAsync(external, offset, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                _external = external;
                return response;
            }

            response.Dispose();
        }

        throw Api.Error(answer, ErrorSubject.Blob, Descriptor);
    }

    // No credential: the address comes from a manifest that anybody may have written.
    private Task<HttpResponseMessage> OpenExternalAsync(Uri uri, long offset, CancellationToken cancellationToken) =>
        Api.Connection.SendAsync(() => RangeRequest(uri, offset), null, Api.Progress, cancellationToken);

    private Uri? ExternalUri(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? uri) || uri.Scheme != Uri.UriSchemeHttps)
            return null;

        RedirectPolicy.Ensure(Api.Connection.BaseUri, uri);
        return uri;
    }

    private HttpRequestMessage RangeRequest(Uri uri, long offset)
    {
        HttpRequestMessage request = RepositoryApi.Request(HttpMethod.Get, uri);
        if (offset > 0 || IsPart)
            request.Headers.Range = new RangeHeaderValue(offset, end - 1);
        // Whoever asks for parts asks for fewer at once when one is not to be had.
        if (IsPart)
            request.Options.Set(RequestOptions.Replayable, false);
        return request;
    }

    private long CheckedStart(HttpResponseMessage response, long offset)
    {
        string host = DisplayText.Sanitize(response.RequestMessage!.RequestUri!.Authority);
        if (!response.IsSuccessStatusCode)
        {
            throw new OciException(
                OciErrorCode.BlobNotFound,
                $"{host} answered {(int)response.StatusCode} for the blob {Descriptor.Digest}. Try again later.",
                Descriptor);
        }

        if (response.Content.Headers.ContentEncoding.Count > 0)
        {
            throw Protocol($"{host} packs the blob {Descriptor.Digest} for the transport, which was not asked for. "
                + "Check the proxies on the way.");
        }

        bool isPart = response.StatusCode == HttpStatusCode.PartialContent;
        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        if (IsPart && !isPart)
            throw Protocol($"{host} does not send parts of a blob.");
        if (isPart && ((offset == 0 && !IsPart) || range?.From != offset))
        {
            throw Protocol($"{host} sent another part of the blob {Descriptor.Digest} than was asked for "
                + $"(from byte {offset} of {Descriptor.Size}). Ask the registry's operator.");
        }

        long? total = isPart ? range!.Length : response.Content.Headers.ContentLength;
        if (total is { } size && size != Descriptor.Size)
            throw WrongSize(host, $"{size} bytes");

        return isPart ? offset : 0;
    }

    private SizeMismatchException WrongSize(string host, string found) => new(
        $"{host} has {found} for the blob {Descriptor.Digest}, and its manifest says {Descriptor.Size}. "
            + "The image is damaged there; push it again.",
        Descriptor);

    private OciException Protocol(string message) => new(OciErrorCode.RegistryProtocol, message, Descriptor);
}
