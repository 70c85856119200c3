namespace OciTools.RootFs;

/// <summary>Zstandard data that cannot be unpacked: damaged, or beyond what this decoder takes.</summary>
/// <param name="code">Which of the two it is.</param>
/// <param name="message">A clause without a full stop, for example "a checksum does not match".</param>
internal sealed class ZstdException(OciErrorCode code, string message) : IOException(message)
{
    /// <summary>Creates the exception for damaged data.</summary>
    /// <param name="message">A clause without a full stop.</param>
    public ZstdException(string message)
        : this(OciErrorCode.ContentMismatch, message)
    {
    }

    /// <summary><see cref="OciErrorCode.ContentMismatch"/> for damage, or the limit or lack that was met.</summary>
    public OciErrorCode Code => code;
}
