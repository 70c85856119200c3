namespace OciTools;

/// <summary>Content that has another size than its descriptor says, and not only other bytes.</summary>
/// <param name="message">What happened and what to do.</param>
/// <param name="content">The content.</param>
internal sealed class SizeMismatchException(string message, Descriptor content)
    : OciException(OciErrorCode.ContentMismatch, message, content);
