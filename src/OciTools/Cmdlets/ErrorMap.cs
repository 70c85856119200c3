using System.Management.Automation;

namespace OciTools.Cmdlets;

/// <summary>
/// Turns exceptions into errors with a stable id, a category and a target. The ids are part of the module's interface.
/// </summary>
internal static class ErrorMap
{
    /// <summary>What stands before the code in an error id.</summary>
    public const string IdPrefix = "Oci";

    /// <summary>Describes an exception.</summary>
    /// <param name="exception">The exception.</param>
    /// <param name="target">What the command was working on, when the exception does not know better.</param>
    public static ErrorDescription Describe(Exception exception, object? target) => exception switch
    {
        AggregateException { InnerExceptions: [var only] } => Describe(only, target),
        OciException known => new ErrorDescription(
            $"{IdPrefix}{known.Code}",
            CategoryOf(known.Code),
            known.Target ?? target,
            MessageOf(known),
            ActionFor(known.Code)),
        FormatException => new ErrorDescription(
            $"{IdPrefix}{OciErrorCode.ReferenceInvalid}", ErrorCategory.InvalidArgument, target, exception.Message),
        ArgumentException => new ErrorDescription(
            $"{IdPrefix}ArgumentInvalid", ErrorCategory.InvalidArgument, target, WithoutParameter(exception.Message)),
        IOException or UnauthorizedAccessException => new ErrorDescription(
            $"{IdPrefix}{OciErrorCode.WriteFailed}", ErrorCategory.WriteError, target, exception.Message),
        _ => new ErrorDescription(
            $"{IdPrefix}UnexpectedError", ErrorCategory.NotSpecified, target, DisplayText.Sanitize(exception.Message)),
    };

    /// <summary>Makes the error record for an exception.</summary>
    public static ErrorRecord ToErrorRecord(Exception exception, object? target)
    {
        ErrorDescription error = Describe(exception, target);
        return new ErrorRecord(exception, error.Id, error.Category, error.Target)
        {
            ErrorDetails = new ErrorDetails(error.Message) { RecommendedAction = error.Action ?? string.Empty },
        };
    }

    private static ErrorCategory CategoryOf(OciErrorCode code) => code switch
    {
        OciErrorCode.ReferenceInvalid => ErrorCategory.InvalidArgument,
        OciErrorCode.PlatformInvalid => ErrorCategory.InvalidArgument,
        OciErrorCode.ManifestNotFound => ErrorCategory.ObjectNotFound,
        OciErrorCode.RepositoryNotFound => ErrorCategory.ObjectNotFound,
        OciErrorCode.BlobNotFound => ErrorCategory.ObjectNotFound,
        OciErrorCode.AuthenticationFailed => ErrorCategory.AuthenticationError,
        OciErrorCode.AccessDenied => ErrorCategory.PermissionDenied,
        OciErrorCode.RateLimited => ErrorCategory.LimitsExceeded,
        OciErrorCode.RegistryUnavailable => ErrorCategory.ResourceUnavailable,
        OciErrorCode.ConnectionFailed => ErrorCategory.ConnectionError,
        OciErrorCode.CertificateUntrusted => ErrorCategory.SecurityError,
        OciErrorCode.OperationTimeout => ErrorCategory.OperationTimeout,
        OciErrorCode.RegistryProtocol => ErrorCategory.ProtocolError,
        OciErrorCode.ContentMismatch => ErrorCategory.SecurityError,
        OciErrorCode.PlatformNotFound => ErrorCategory.ObjectNotFound,
        OciErrorCode.ManifestInvalid => ErrorCategory.InvalidData,
        OciErrorCode.ArchiveInvalid => ErrorCategory.InvalidData,
        OciErrorCode.ArchiveNotFound => ErrorCategory.ObjectNotFound,
        OciErrorCode.FileNotFound => ErrorCategory.ObjectNotFound,
        OciErrorCode.NotSupported => ErrorCategory.NotImplemented,
        OciErrorCode.UnsafeRedirect => ErrorCategory.SecurityError,
        OciErrorCode.UnsafeAuthRealm => ErrorCategory.SecurityError,
        OciErrorCode.CredentialUnavailable => ErrorCategory.AuthenticationError,
        OciErrorCode.CertificateInvalid => ErrorCategory.InvalidData,
        OciErrorCode.LayoutNotFound => ErrorCategory.ObjectNotFound,
        OciErrorCode.LayoutInvalid => ErrorCategory.InvalidData,
        OciErrorCode.LayoutLocked => ErrorCategory.ResourceBusy,
        OciErrorCode.LayoutChanged => ErrorCategory.ResourceBusy,
        OciErrorCode.DestinationExists => ErrorCategory.ResourceExists,
        OciErrorCode.WriteFailed => ErrorCategory.WriteError,
        OciErrorCode.PathNotSupported => ErrorCategory.InvalidArgument,
        OciErrorCode.LimitExceeded => ErrorCategory.LimitsExceeded,
        _ => throw new ArgumentOutOfRangeException(nameof(code), code, "The error code has no category."),
    };

    // What a user of the core would not know: the commands and parameters that help.
    private static string? ActionFor(OciErrorCode code) => code switch
    {
        OciErrorCode.RepositoryNotFound =>
            "A private repository may be hidden until you sign in with Connect-OciRegistry.",
        OciErrorCode.AccessDenied => "Sign in as another user with Connect-OciRegistry or -Credential.",
        OciErrorCode.RateLimited => "Sign in with Connect-OciRegistry: known users often have a larger quota.",
        OciErrorCode.ConnectionFailed => "-Proxy, -NoProxy and -PlainHttp say how to connect.",
        OciErrorCode.CertificateUntrusted =>
            "Pass the authority's certificate with -CertificateAuthorityPath.",
        OciErrorCode.OperationTimeout => "-ConnectionTimeoutSeconds and -OperationTimeoutSeconds set the limits.",
        OciErrorCode.UnsafeAuthRealm =>
            "If the token service can be trusted with the credential, name its host with -TrustedRealm.",
        OciErrorCode.CredentialUnavailable => "Pass -Credential, or -Anonymous to do without.",
        _ => null,
    };

    // The names of the core's parameters mean nothing to users of the cmdlets.
    private static string WithoutParameter(string message)
    {
        int start = message.LastIndexOf(" (Parameter '", StringComparison.Ordinal);
        return start < 0 ? message : message[..start];
    }

    private static string MessageOf(OciException exception) =>
        exception is RegistryException { Errors: { Count: > 0 } errors }
        && !errors.Any(error => exception.Message.Contains(error.ToString(), StringComparison.Ordinal))
            ? $"{exception.Message} The registry says: {string.Join("; ", errors)}."
            : exception.Message;
}
