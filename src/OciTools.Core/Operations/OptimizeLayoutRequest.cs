namespace OciTools.Operations;

/// <summary>What <see cref="OptimizeLayoutOperation"/> is asked for.</summary>
public sealed record OptimizeLayoutRequest
{
    /// <summary>The folder of the layout.</summary>
    public required string Path { get; init; }

    /// <summary>
    /// How long ago a file must have been written to be removed. Blobs of this library need no such time; other tools
    /// write blobs first and list them in <c>index.json</c> at their end, without a lock.
    /// </summary>
    /// <value>
    /// Null by default: one hour for blobs, and a day for what interrupted transfers left, because the next one may go
    /// on there.
    /// </value>
    public TimeSpan? MinimumAge { get; init; }

    /// <summary>
    /// Whether to go on where the file system has no locks. Whoever asks for it vouches that nobody else writes to the
    /// layout. False by default.
    /// </summary>
    public bool Force { get; init; }
}
