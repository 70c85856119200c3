namespace OciTools.Operations;

/// <summary>Closes sources that hold something open; most hold nothing.</summary>
internal static class SourceLifetime
{
    /// <summary>The source itself, or nothing to dispose.</summary>
    public static IAsyncDisposable AsDisposable(this IContentSource source) =>
        source as IAsyncDisposable ?? Stream.Null;
}
