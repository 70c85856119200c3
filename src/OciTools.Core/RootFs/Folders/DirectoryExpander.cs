using OciTools.Layout;
using OciTools.Operations;

namespace OciTools.RootFs;

/// <summary>Unpacks an image into a directory.</summary>
internal sealed class DirectoryExpander(
    ExpandImageRequest request, ImageContent image, IContentSource source, IProgress<TransferEvent>? progress)
{
    private const string RecordExtension = ".oci.jsonl";

    private readonly string _path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Destination!));
    private readonly UnappliedMetadata _unapplied = new();

    private string RecordPath => request.RecordPath is { } path ? Path.GetFullPath(path) : _path + RecordExtension;

    /// <summary>Unpacks the image.</summary>
    public async Task<OciExpandResult> RunAsync(CancellationToken cancellationToken)
    {
        bool isNew = CheckDirectory();
        using IncompleteMark mark = IncompleteMark.Create(_path);
        var run = new LayerRun(
            image, (layer, stop) => source.OpenBlobAsync(layer, 0, stop), request.Limits, progress);
        try
        {
            TargetNames names = await ApplyAsync(run, cancellationToken).ConfigureAwait(false);
            string? record = WriteRecord(names);
            mark.Remove();
            return new OciExpandResult
            {
                Reference = image.Manifest.Reference,
                Path = _path,
                Entries = run.Entries,
                Bytes = run.Bytes,
                Warnings = Warn(record),
                RecordPath = record,
            };
        }
        catch (Exception exception)
        {
            if (run.Entries == 0)
                RemoveUnused(mark, isNew);
            if (FileFault.IsFileFault(exception))
                throw FileFault.At(_path, exception);
            throw;
        }
    }

    private async Task<TargetNames> ApplyAsync(LayerRun run, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(_path);
        Folder root = FolderFactory.Open(_path);
        TargetNames names = FolderFactory.GetNames(root);
        using var target = new DirectoryTarget(root, names, _unapplied);
        if (!request.Force)
            target.Begin();
        await run.ApplyAsync(target, () => SayIncomplete(run), cancellationToken).ConfigureAwait(false);
        target.Complete();
        return names;
    }

    /// <returns>Whether the directory is not there yet.</returns>
    private bool CheckDirectory()
    {
        if (File.Exists(_path))
        {
            throw new OciException(
                OciErrorCode.DestinationExists, $"'{_path}' is a file. Choose another name for the folder.", _path);
        }

        if (!Directory.Exists(_path))
            return true;
        if (request.Force || !Directory.EnumerateFileSystemEntries(_path).Any())
            return false;
        string why = File.Exists(IncompleteMark.GetPath(_path))
            ? "was not unpacked to its end"
            : "is not empty";
        throw new OciException(
            OciErrorCode.DestinationExists,
            $"The folder '{_path}' {why}. Choose another one, or use Force to write over what it has.",
            _path);
    }

    private string SayIncomplete(LayerRun run) => run.Entries == 0
        ? $"Nothing was written to '{_path}'."
        : $"The folder '{_path}' is only partly written and not to be trusted: remove it, or unpack again with Force.";

    private string? WriteRecord(TargetNames names)
    {
        string path = RecordPath;
        if (_unapplied.IsEmpty)
        {
            // What an earlier attempt recorded is no longer so. A file that the caller names may be anything.
            if (request.RecordPath is null)
                File.Delete(path);
            return null;
        }

        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                var writer = new MetadataWriter(file);
                writer.WriteHead(image.Manifest.Reference);
                _unapplied.Write(writer, names);
                writer.Flush();
            }

            File.Move(temporary, path, overwrite: true);
            return path;
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private IReadOnlyList<string> Warn(string? record)
    {
        IReadOnlyList<string> warnings = _unapplied.Summarize();
        if (warnings.Count > 0)
        {
            progress?.Report(new TransferEvent
            {
                Kind = TransferEventKind.Warned,
                Message = $"Not everything could be applied to '{_path}': {string.Join(", ", warnings)}. "
                    + $"'{record}' has what the image says.",
            });
        }

        return warnings;
    }

    private void RemoveUnused(IncompleteMark mark, bool isNew)
    {
        try
        {
            mark.Remove();
            if (isNew)
                Directory.Delete(_path);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            // The failure before this one is what counts.
        }
    }
}
