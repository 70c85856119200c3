namespace OciTools.Testing;

/// <summary>A step of an image of schema 1.</summary>
/// <param name="Blob">The layer that it made.</param>
/// <param name="Command">The command.</param>
public sealed record Schema1TestStep(byte[] Blob, string Command)
{
    /// <summary>Whether the step says that its layer can be thrown away.</summary>
    public bool IsThrowaway { get; init; }
}
