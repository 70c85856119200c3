using System.Globalization;
using OciTools.Layout;
using OciTools.RootFs;

namespace OciTools.Operations;

/// <summary>
/// Makes a directory whole again from the record that <see cref="ExpandImageOperation"/> wrote: names, modes, owners,
/// times, extended attributes, hard links, empty folders, devices and pipes.
/// </summary>
/// <remarks>
/// A checkout comes from <c>git archive main | tar -x -C folder</c>. The files that the commit has for itself are
/// removed from it. What the caller has no right to is left, and told.
/// </remarks>
public sealed class RestoreMetadataOperation
{
    private const string RecordExtension = ".oci.jsonl";

    // Far more than a path and its attributes can have.
    private const int MaximumLineLength = 8 * 1024 * 1024;

    /// <summary>Applies a record.</summary>
    /// <param name="request">The directory and the record.</param>
    /// <param name="cancellationToken">Stops the work; what is done stays.</param>
    /// <returns>What could not be applied, one line for each kind; empty when all was.</returns>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.FileNotFound"/>: there is no record; <see cref="OciErrorCode.ArchiveInvalid"/>: it is
    /// malformed, and the message names the line; <see cref="OciErrorCode.WriteFailed"/>.
    /// </exception>
    public async Task<IReadOnlyList<string>> RunAsync(
        RestoreMetadataRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        string directory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Directory));
        string record = FindRecord(request, directory);
        bool isOfCommit = Path.GetDirectoryName(record) == directory;
        try
        {
            using var restorer = new MetadataRestorer(FolderFactory.Open(directory));
            if (isOfCommit)
                restorer.Remove(GitNames.Attributes);
            await ApplyAsync(record, restorer, cancellationToken).ConfigureAwait(false);
            if (isOfCommit)
                restorer.Remove(GitNames.Record);
            restorer.Complete();
            return restorer.Missing;
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(directory, exception);
        }
    }

    private static async Task ApplyAsync(string record, MetadataRestorer restorer, CancellationToken cancellationToken)
    {
        using var lines = new StreamReader(record);
        int number = 0;
        while (await lines.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (Parse(line, ++number, record) is { } parsed)
                restorer.Apply(parsed);
        }
    }

    private static string FindRecord(RestoreMetadataRequest request, string directory)
    {
        if (request.RecordPath is { } path)
            return Path.GetFullPath(path);
        string inside = Path.Combine(directory, GitNames.Record);
        string beside = directory + RecordExtension;
        return File.Exists(inside) ? inside : File.Exists(beside) ? beside : throw new OciException(
            OciErrorCode.FileNotFound,
            $"There is no record in or beside '{directory}'. Name the record with RecordPath.",
            directory);
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
