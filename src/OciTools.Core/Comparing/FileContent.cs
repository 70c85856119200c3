namespace OciTools.Comparing;

/// <summary>The content of a file.</summary>
/// <param name="Size">The size in bytes.</param>
/// <param name="Hash">The SHA-256 digest.</param>
internal readonly record struct FileContent(long Size, byte[] Hash);
