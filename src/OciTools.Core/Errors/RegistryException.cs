using System.Net;

namespace OciTools;

/// <summary>An error that a registry answered with.</summary>
public sealed class RegistryException : OciException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="code">The stable code.</param>
    /// <param name="message">One sentence that says what happened and one that says what to do.</param>
    /// <param name="statusCode">The HTTP status of the answer.</param>
    /// <param name="errors">The errors in the body of the answer, made safe to show; may be empty.</param>
    /// <param name="target">The thing the error is about.</param>
    /// <param name="innerException">The cause, if there is one.</param>
    public RegistryException(
        OciErrorCode code,
        string message,
        HttpStatusCode statusCode,
        IReadOnlyList<RegistryError> errors,
        object? target = null,
        Exception? innerException = null)
        : base(code, message, target, innerException)
    {
        StatusCode = statusCode;
        Errors = errors;
    }

    /// <summary>The HTTP status of the answer.</summary>
    public HttpStatusCode StatusCode { get; }

    /// <summary>The errors in the body of the answer; empty when it had none.</summary>
    public IReadOnlyList<RegistryError> Errors { get; }
}
