using System.Globalization;

namespace OciTools.RootFs;

/// <summary>Applies the entries of layers to targets: tells whiteouts from content, and holds the limits.</summary>
internal sealed class LayerApplier(ExpandLimits limits)
{
    private const string WhiteoutPrefix = ".wh.";
    private const string OpaqueWhiteout = ".wh..wh..opq";

    // What aufs kept for itself in the root, such as .wh..wh.plnk: it was never content of the image.
    private const string BookkeepingPrefix = ".wh..wh.";

    private long _metadataSize;

    /// <summary>How many entries have been seen.</summary>
    public long Entries { get; private set; }

    /// <summary>How many bytes of file content have been seen.</summary>
    public long Bytes { get; private set; }

    /// <summary>The name of the entry in work; null between layers.</summary>
    public string? Current { get; private set; }

    /// <summary>Applies a layer.</summary>
    /// <param name="target">The target.</param>
    /// <param name="layer">Its number; the lowest is 0.</param>
    /// <param name="reader">Its entries.</param>
    /// <param name="finish">Reads the layer to its end, and fails unless it is what it should be.</param>
    /// <param name="cancellationToken">Stops the work.</param>
    public async Task ApplyAsync(
        ILayerTarget target,
        int layer,
        TarReader reader,
        Func<CancellationToken, Task> finish,
        CancellationToken cancellationToken)
    {
        await target.BeginLayerAsync(layer, cancellationToken).ConfigureAwait(false);
        while (await reader.ReadEntryAsync(cancellationToken).ConfigureAwait(false) is { } entry)
        {
            Current = entry.Name;
            Count(entry);
            await ApplyAsync(target, entry, layer == 0, cancellationToken).ConfigureAwait(false);
        }

        await finish(cancellationToken).ConfigureAwait(false);
        Current = null;
        await target.EndLayerAsync(cancellationToken).ConfigureAwait(false);
    }

    private ValueTask ApplyAsync(
        ILayerTarget target, TarEntry entry, bool isLowest, CancellationToken cancellationToken)
    {
        EntryPath path = Parse(entry);
        if (path.Depth > limits.MaximumDepth)
        {
            throw EntryFault.Exceeded(
                entry.Name, Say($"lies deeper than {limits.MaximumDepth} folders"), nameof(ExpandLimits.MaximumDepth));
        }

        // Nothing lies below the lowest layer.
        if (path.Name == OpaqueWhiteout)
        {
            return isLowest
                ? ValueTask.CompletedTask
                : target.ClearAsync(EntryPath.Parse(path.Parent.ToString()), cancellationToken);
        }

        if (path.Value.StartsWith(BookkeepingPrefix, StringComparison.Ordinal))
            return ValueTask.CompletedTask;
        if (!path.Name.StartsWith(WhiteoutPrefix, StringComparison.Ordinal))
            return target.ApplyAsync(entry, path, cancellationToken);

        string hidden = path.Name[WhiteoutPrefix.Length..];
        if (hidden is "" or "." or "..")
            throw EntryFault.Refused(entry.Name, "removes no name that a folder can have");
        return isLowest
            ? ValueTask.CompletedTask
            : target.RemoveAsync(EntryPath.Of(path.Parent.ToString(), hidden), cancellationToken);
    }

    private static EntryPath Parse(TarEntry entry)
    {
        try
        {
            return EntryPath.Parse(entry.Name);
        }
        catch (FormatException exception)
        {
            throw EntryFault.Refused(entry.Name, exception.Message, exception);
        }
    }

    private void Count(TarEntry entry)
    {
        if (++Entries > limits.MaximumEntryCount)
        {
            throw EntryFault.Exceeded(
                entry.Name,
                Say($"is one more than the limit of {limits.MaximumEntryCount} entries"),
                nameof(ExpandLimits.MaximumEntryCount));
        }

        if (entry.Size > limits.MaximumFileSize)
        {
            throw EntryFault.Exceeded(
                entry.Name,
                Say($"has {entry.Size} bytes, more than the limit of {limits.MaximumFileSize} for one file"),
                nameof(ExpandLimits.MaximumFileSize));
        }

        _metadataSize += MetadataSizeOf(entry);
        if (_metadataSize > limits.MaximumMetadataSize)
            throw EntryFault.TooMuchMetadata(limits.MaximumMetadataSize);

        Bytes += entry.Size;
        if (Bytes > limits.MaximumSize)
        {
            throw EntryFault.Exceeded(
                entry.Name,
                Say($"brings the image to {Bytes} bytes, more than the limit of {limits.MaximumSize}"),
                nameof(ExpandLimits.MaximumSize));
        }
    }

    private static long MetadataSizeOf(TarEntry entry) =>
        entry.Name.Length + entry.LinkName.Length
        + entry.ExtendedAttributes.Sum(attribute => (long)attribute.Key.Length + attribute.Value.Length)
        + entry.Records.Sum(record => (long)record.Key.Length + record.Value.Length);

    private static string Say(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
