namespace OciTools;

/// <summary>A source that can send parts of one blob over several connections.</summary>
internal interface IRangeSource
{
    /// <summary>How many bytes of blobs have come from where this source gets them, for whomever.</summary>
    long BytesRead { get; }

    /// <summary>How many connections a blob may have now; 1 when parts of it are not to be asked for.</summary>
    int ConnectionsFor(Descriptor blob);

    /// <summary>Opens a part of a blob; the stream resumes by itself and may go on beyond the part.</summary>
    /// <param name="blob">The blob.</param>
    /// <param name="start">The first byte.</param>
    /// <param name="end">The byte after the last.</param>
    /// <param name="cancellationToken">Stops the request.</param>
    /// <exception cref="OciException">The part cannot be had at once; no request was repeated.</exception>
    Task<Stream> OpenRangeAsync(Descriptor blob, long start, long end, CancellationToken cancellationToken);
}
