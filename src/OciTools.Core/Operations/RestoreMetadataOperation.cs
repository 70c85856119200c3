using System.Diagnostics;
using System.Globalization;
using System.Text;
using OciTools.Layout;
using OciTools.RootFs;

namespace OciTools.Operations;

/// <summary>
/// Makes a directory whole again from the record that <see cref="ExpandImageOperation"/> wrote: names, modes, owners,
/// times, extended attributes, hard links, empty folders, devices and pipes.
/// </summary>
/// <remarks>
/// A checkout comes from <c>git clone</c> or <c>git archive main | tar -x -C folder</c>. The files that the commit has
/// for itself are removed from it. What the caller has no right to is left, and told.
/// </remarks>
public sealed class RestoreMetadataOperation
{
    private const string RecordExtension = ".oci.jsonl";

    // Far more than a path and its attributes can have.
    private const int MaximumLineLength = 8 * 1024 * 1024;

    /// <summary>Applies a record.</summary>
    /// <param name="request">The directory and the record.</param>
    /// <param name="progress">Hears of what could not be applied.</param>
    /// <param name="cancellationToken">Stops the work; what is done stays.</param>
    /// <returns>What was done.</returns>
    /// <exception cref="ArgumentException">There are two records, and none is named.</exception>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.FileNotFound"/>: there is no record; <see cref="OciErrorCode.ArchiveInvalid"/>: it is
    /// malformed, and the message names the line; <see cref="OciErrorCode.WriteFailed"/>.
    /// </exception>
    public async Task<OciRestoreResult> RunAsync(
        RestoreMetadataRequest request,
        IProgress<TransferEvent>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        long started = Stopwatch.GetTimestamp();
        string directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Directory));
        string record = FindRecord(request, directory);
        bool isOfCommit = Path.GetDirectoryName(record) == directory;
        try
        {
            using var restorer = new MetadataRestorer(FolderFactory.Open(directory), isOfCommit);
            if (isOfCommit)
                restorer.Remove(GitNames.Attributes);
            long entries = await Task.Run(() => Apply(record, restorer, cancellationToken), cancellationToken)
                .ConfigureAwait(false);
            if (isOfCommit)
                restorer.Remove(GitNames.Record);
            restorer.Complete();
            IReadOnlyList<string> warnings = restorer.Missing;
            string? reason = warnings.Count > 0 ? MetadataRestorer.Reason : null;
            if (reason is not null)
            {
                progress?.Report(new TransferEvent
                {
                    Kind = TransferEventKind.Warned,
                    Message =
                        $"Not everything could be applied to '{directory}': {string.Join(", ", warnings)}. {reason}",
                });
            }

            return new OciRestoreResult
            {
                Path = directory,
                RecordPath = record,
                Entries = entries,
                Incomplete = restorer.Incomplete,
                Warnings = warnings,
                Reason = reason,
                Duration = Stopwatch.GetElapsedTime(started),
            };
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(directory, exception);
        }
    }

    /// <returns>How many entries there are.</returns>
    private static long Apply(string record, MetadataRestorer restorer, CancellationToken cancellationToken)
    {
        using var lines = new StreamReader(record);
        int number = 0;
        long entries = 0;
        while (ReadLine(lines) is { } line)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (Parse(line, ++number, record) is not { } parsed)
                continue;
            restorer.Apply(parsed);
            entries++;
        }

        return entries;
    }

    /// <summary>Reads a line, and no further than one may be long; null at the end.</summary>
    private static string? ReadLine(StreamReader lines)
    {
        if (lines.EndOfStream)
            return null;
        var line = new StringBuilder();
        while (line.Length <= MaximumLineLength && lines.Read() is not (-1 or '\n') and var next)
            line.Append((char)next);
        return line.ToString();
    }

    private static string FindRecord(RestoreMetadataRequest request, string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new OciException(
                OciErrorCode.FileNotFound, $"There is no folder '{directory}'. Name an existing one.", directory);
        }

        if (request.RecordPath is { } path)
            return Path.GetFullPath(path);
        string inside = Path.Combine(directory, GitNames.Record);
        string beside = directory + RecordExtension;

        // An image may have anything of that name: another file, or a pipe, whose reader would wait for a writer.
        bool isInside = new FileInfo(inside) is { Exists: true, LinkTarget: null, Length: > 0 };
        return (isInside, File.Exists(beside)) switch
        {
            (true, true) => throw new ArgumentException(
                $"'{inside}' and '{beside}' may both be the record. Name one with RecordPath.", nameof(request)),
            (true, false) => inside,
            (false, true) => beside,
            _ => throw new OciException(
                OciErrorCode.FileNotFound,
                $"There is no record in or beside '{directory}'. Name the record with RecordPath.",
                directory),
        };
    }

    private static MetadataLine? Parse(string line, int number, string record)
    {
        try
        {
            return line.Length <= MaximumLineLength
                ? MetadataLine.Parse(line)
                : throw new FormatException("it is too long");
        }
        catch (FormatException exception)
        {
            throw new OciException(
                OciErrorCode.ArchiveInvalid,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Line {number} of '{record}' cannot be used: {exception.Message}. Unpack the image again."),
                record,
                exception);
        }
    }
}
