namespace OciTools.Testing;

/// <summary>An error answer of the registry (OCI distribution specification 1.1, "Error Codes").</summary>
internal sealed class ApiException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    public static ApiException BlobUnknown(string digest) => new(404, "BLOB_UNKNOWN", $"no blob {digest}");

    public static ApiException DigestInvalid(string? digest) => new(400, "DIGEST_INVALID", $"bad digest {digest}");

    public static ApiException ManifestUnknown(string name) => new(404, "MANIFEST_UNKNOWN", $"no manifest {name}");

    public static ApiException NameUnknown(string name) => new(404, "NAME_UNKNOWN", $"no repository {name}");

    public static ApiException Unsupported() => new(405, "UNSUPPORTED", "the operation is unsupported");
}
