using System.Net;
using System.Text.Json;
using OciTools.Transport;

namespace OciTools.Registry;

/// <summary>Makes exceptions from error answers (distribution specification 1.1, "Error Codes").</summary>
internal static class RegistryErrors
{
    private const int MaximumErrors = 10;

    /// <param name="answer">The answer.</param>
    /// <param name="subject">What the request was about.</param>
    /// <param name="location">The repository, or null for a request to the registry as a whole.</param>
    /// <param name="target">The thing that the exception is about.</param>
    public static RegistryException Create(
        RegistryAnswer answer, ErrorSubject subject, ImageReference? location, object target)
    {
        IReadOnlyList<RegistryError> errors = Parse(answer.Body);
        OciErrorCode code = Classify(answer.Status, errors, subject);
        string place = location?.ToString() ?? answer.Uri.Authority;
        string said = errors.Count == 0 ? "" : $" The registry says: {string.Join("; ", errors)}.";
        return new RegistryException(
            code, Explain(code, answer, errors, place, target) + said, answer.Status, errors, target);
    }

    private static OciErrorCode Classify(
        HttpStatusCode status, IReadOnlyList<RegistryError> errors, ErrorSubject subject)
    {
        bool Says(params ReadOnlySpan<string> codes)
        {
            foreach (RegistryError error in errors)
            {
                if (codes.Contains(error.Code))
                    return true;
            }

            return false;
        }

        return status switch
        {
            // A repository that is private answers so to somebody it knows.
            HttpStatusCode.Unauthorized when Says("DENIED") => OciErrorCode.AccessDenied,
            HttpStatusCode.Unauthorized => OciErrorCode.AuthenticationFailed,
            HttpStatusCode.TooManyRequests => OciErrorCode.RateLimited,
            HttpStatusCode.RequestTimeout => OciErrorCode.OperationTimeout,
            >= HttpStatusCode.InternalServerError => OciErrorCode.RegistryUnavailable,
            _ when Says("TOOMANYREQUESTS") => OciErrorCode.RateLimited,
            HttpStatusCode.Forbidden => OciErrorCode.AccessDenied,
            _ when Says("DENIED") => OciErrorCode.AccessDenied,
            _ when Says("MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN") => OciErrorCode.BlobNotFound,
            _ when Says("NAME_UNKNOWN") => OciErrorCode.RepositoryNotFound,
            _ when Says("MANIFEST_UNKNOWN") => OciErrorCode.ManifestNotFound,
            _ when Says("DIGEST_INVALID") => OciErrorCode.ContentMismatch,
            _ when Says("MANIFEST_INVALID", "MANIFEST_UNVERIFIED") => OciErrorCode.ManifestInvalid,
            HttpStatusCode.UnsupportedMediaType => OciErrorCode.ManifestInvalid,
            HttpStatusCode.NotFound => subject switch
            {
                ErrorSubject.Manifest => OciErrorCode.ManifestNotFound,
                ErrorSubject.Blob => OciErrorCode.BlobNotFound,
                ErrorSubject.Repository => OciErrorCode.RepositoryNotFound,
                _ => OciErrorCode.RegistryProtocol,
            },
            HttpStatusCode.MethodNotAllowed => OciErrorCode.NotSupported,
            _ => OciErrorCode.RegistryProtocol,
        };
    }

    private static string Explain(
        OciErrorCode code, RegistryAnswer answer, IReadOnlyList<RegistryError> errors, string place, object target)
    {
        string host = DisplayText.Sanitize(answer.Uri.Authority);
        string status = $"{(int)answer.Status} {answer.Status}";
        return code switch
        {
            OciErrorCode.AuthenticationFailed =>
                $"{host} did not accept the caller's credentials, or wants some, for {place}. "
                + "Check the name, or sign in with Connect-OciRegistry.",
            OciErrorCode.AccessDenied =>
                $"{host} refuses this action on {place}. Use an account that may do it.",
            OciErrorCode.RepositoryNotFound =>
                $"{host} has no repository for {place}. Check the name.",
            OciErrorCode.ManifestNotFound =>
                $"{host} has no image {target}. Check the tag with Get-OciTag.",
            OciErrorCode.BlobNotFound when answer.Method == HttpMethod.Put =>
                $"{host} refuses the manifest for {place}, because parts of it are missing there. "
                + "Copy it again with -Force.",
            OciErrorCode.BlobNotFound =>
                $"{place} does not hold the blob {target}. The image is incomplete there; push it again.",
            OciErrorCode.RateLimited =>
                $"{host} has no more requests left for this caller. "
                + "Wait, or sign in with Connect-OciRegistry for a larger quota.",
            // What distribution 2.8 answers when schema 1 is switched off there, which it is by default.
            OciErrorCode.RegistryUnavailable when answer.Method == HttpMethod.Put && IsSchema1(target) =>
                $"{host} answered {status}, also when asked again. It may not accept images of Docker's schema 1; most "
                + "registries do not any more. Convert it with -ConvertSchema1, or try later.",
            OciErrorCode.RegistryUnavailable =>
                $"{host} answered {status} to {RequestText.Describe(answer.Method, answer.Uri)}, also when asked "
                + "again. Try later.",
            OciErrorCode.OperationTimeout =>
                $"{host} gave up waiting for the request ({status}). Try again.",
            OciErrorCode.ContentMismatch =>
                $"{host} received content for {target} that does not have its digest. Check the source and try again.",
            OciErrorCode.ManifestInvalid when IsSchema1(target) =>
                $"{host} does not accept {target}, an image of Docker's schema 1; most registries do not any more. "
                + "Convert it with -ConvertSchema1.",
            OciErrorCode.ManifestInvalid =>
                $"{host} does not accept the manifest {target}. The registry may not know its media type.",
            // What servers for https answer to plain http, without a code.
            _ when answer is { Status: HttpStatusCode.BadRequest, Uri.Scheme: "http" } && errors.Count == 0 =>
                $"{host} refuses the request. If it is a registry with https, use -PlainHttp:$false.",
            _ =>
                $"{host} answered {status} to {RequestText.Describe(answer.Method, answer.Uri)}, which was not "
                + "expected. Check that it is a container registry that supports this.",
        };
    }

    private static bool IsSchema1(object target) =>
        target is Descriptor descriptor && MediaTypes.IsSchema1(descriptor.MediaType);

    /// <summary>
    /// The errors in the body of an answer: of a registry (<c>errors</c>), or of a token service that speaks OAuth 2
    /// (RFC 6749, 5.2). None when the body has another form.
    /// </summary>
    /// <param name="body">The body.</param>
    /// <param name="redact">Takes out secrets that the server may have repeated.</param>
    public static IReadOnlyList<RegistryError> Parse(ReadOnlyMemory<byte> body, Func<string, string>? redact = null)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            JsonElement root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
                return [];
            if (root.TryGetProperty("errors", out JsonElement errors) && errors.ValueKind == JsonValueKind.Array)
            {
                return [.. errors.EnumerateArray()
                    .Where(error => error.ValueKind == JsonValueKind.Object)
                    .Take(MaximumErrors)
                    .Select(error => new RegistryError(Text(error, "code"), Text(error, "message")))];
            }

            return root.TryGetProperty("error", out _)
                ? [new RegistryError(Text(root, "error"), Text(root, "error_description"))]
                : [];
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // Proxies answer with pages of HTML, or in other alphabets; their status says enough.
            return [];
        }

        string Text(JsonElement element, string name) =>
            element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
                ? DisplayText.Sanitize(redact is null ? value.GetString()! : redact(value.GetString()!))
                : "";
    }
}
