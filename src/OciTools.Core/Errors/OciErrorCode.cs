namespace OciTools;

/// <summary>
/// What went wrong, as a stable name that scripts can test. A cmdlet's error id is <c>Oci</c> and this name.
/// </summary>
public enum OciErrorCode
{
    /// <summary>The text is not an image reference.</summary>
    ReferenceInvalid,

    /// <summary>The text is not a platform.</summary>
    PlatformInvalid,

    /// <summary>The repository has no such tag or manifest.</summary>
    ManifestNotFound,

    /// <summary>The registry has no such repository.</summary>
    RepositoryNotFound,

    /// <summary>A manifest names a blob that its repository or layout does not hold.</summary>
    BlobNotFound,

    /// <summary>The registry did not accept the credentials, or wants some.</summary>
    AuthenticationFailed,

    /// <summary>The registry knows the caller and refuses the action.</summary>
    AccessDenied,

    /// <summary>The registry's request quota is used up, also after the retries.</summary>
    RateLimited,

    /// <summary>The registry answered with a server error, also after the retries.</summary>
    RegistryUnavailable,

    /// <summary>The registry could not be reached: name not found, connection refused or broken.</summary>
    ConnectionFailed,

    /// <summary>The registry's certificate is not trusted.</summary>
    CertificateUntrusted,

    /// <summary>The registry was silent for longer than the time limit.</summary>
    OperationTimeout,

    /// <summary>The registry's answer breaks the distribution specification.</summary>
    RegistryProtocol,

    /// <summary>Content does not have the digest or the size that its descriptor promises.</summary>
    ContentMismatch,

    /// <summary>The image has no manifest for the wanted platform.</summary>
    PlatformNotFound,

    /// <summary>A manifest, index or config is malformed, ambiguous or over its size limit.</summary>
    ManifestInvalid,

    /// <summary>A tar archive, be it a layer or a file, is malformed.</summary>
    ArchiveInvalid,

    /// <summary>There is no such archive.</summary>
    ArchiveNotFound,

    /// <summary>The image has no such file.</summary>
    FileNotFound,

    /// <summary>The content is of a kind that this operation cannot handle.</summary>
    NotSupported,

    /// <summary>A redirect or upload location was refused, because following it would be unsafe.</summary>
    UnsafeRedirect,

    /// <summary>A token service was refused, because sending credentials there would be unsafe.</summary>
    UnsafeAuthRealm,

    /// <summary>A credential helper or credential file could not be used.</summary>
    CredentialUnavailable,

    /// <summary>A certificate file or private key could not be read.</summary>
    CertificateInvalid,

    /// <summary>The folder holds no OCI image layout.</summary>
    LayoutNotFound,

    /// <summary>The layout's own files are malformed.</summary>
    LayoutInvalid,

    /// <summary>Another process held the layout's lock for longer than the time limit.</summary>
    LayoutLocked,

    /// <summary>Another process removed content from the layout that the operation relied on.</summary>
    LayoutChanged,

    /// <summary>The destination exists and replacing it was not asked for.</summary>
    DestinationExists,

    /// <summary>Reading or writing a file failed: disk full, read-only, no permission.</summary>
    WriteFailed,

    /// <summary>The path is not in the file system.</summary>
    PathNotSupported,

    /// <summary>A limit that guards against hostile content was reached.</summary>
    LimitExceeded,
}
