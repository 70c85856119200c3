namespace OciTools;

/// <summary>An error of an image operation, with a stable code and the thing it is about.</summary>
public class OciException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="code">The stable code.</param>
    /// <param name="message">One sentence that says what happened and one that says what to do.</param>
    /// <param name="target">The thing the error is about: a reference, descriptor, host or path.</param>
    /// <param name="innerException">
    /// The cause, if there is one. A cause whose message quotes what could control a terminal is not kept.
    /// </param>
    public OciException(OciErrorCode code, string message, object? target = null, Exception? innerException = null)
        : base(message, DisplayText.SafeCause(innerException))
    {
        Code = code;
        Target = target;
    }

    /// <summary>What went wrong, as a stable code.</summary>
    public OciErrorCode Code { get; }

    /// <summary>
    /// The thing the error is about: an <see cref="ImageReference"/>, a <see cref="Descriptor"/>, a host or a path.
    /// </summary>
    public object? Target { get; }

    /// <summary>Whether the same call may succeed later.</summary>
    public virtual bool IsTransient => Code is OciErrorCode.RateLimited or OciErrorCode.RegistryUnavailable
        or OciErrorCode.ConnectionFailed or OciErrorCode.OperationTimeout or OciErrorCode.LayoutLocked
        or OciErrorCode.LayoutChanged;
}
