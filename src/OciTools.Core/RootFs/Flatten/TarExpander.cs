using OciTools.Layout;
using OciTools.Operations;

namespace OciTools.RootFs;

/// <summary>
/// Writes an image as one tar. The layers are read twice: for the tree that they make, and for the content of what is
/// left in it. So the memory in use grows with the number of names and not with their content, and nothing is written
/// that was not verified.
/// </summary>
internal sealed class TarExpander(
    ExpandImageRequest request, ImageContent image, IContentSource source, IProgress<TransferEvent>? progress)
{
    private const string IncompleteExtension = ".incomplete";
    private const int BufferLength = 128 * 1024;

    /// <summary>Unpacks the image.</summary>
    public async Task<OciExpandResult> RunAsync(CancellationToken cancellationToken)
    {
        if (request.Output is { } output)
            return await WriteAsync(output, null, cancellationToken).ConfigureAwait(false);

        string path = Path.GetFullPath(request.Destination!);
        string temporary = path + IncompleteExtension;
        try
        {
            CheckFile(path);
            File.Delete(temporary);
            var file = new FileStream(
                temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
            OciExpandResult result;
            try
            {
                await using (file.ConfigureAwait(false))
                    result = await WriteAsync(file, path, cancellationToken).ConfigureAwait(false);
                File.Move(temporary, path, request.Force);
            }
            catch
            {
                File.Delete(temporary);
                throw;
            }

            return result;
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(path, exception);
        }
    }

    private async Task<OciExpandResult> WriteAsync(Stream output, string? path, CancellationToken cancellationToken)
    {
        using var spool = new LayerSpool(source);
        var tree = new ImageTree();
        LayerRun first = Run(spool, null, progress);
        await first.ApplyAsync(new TreeTarget(tree), () => "Nothing was written.", cancellationToken)
            .ConfigureAwait(false);

        var buffer = new BufferedStream(output, BufferLength);
        var target = new FlatTarTarget(tree, new TarWriter(buffer, leaveOpen: true));
        await Run(spool, path, null).ApplyAsync(target, () => "The tar is not to be used.", cancellationToken)
            .ConfigureAwait(false);
        await target.CompleteAsync(cancellationToken).ConfigureAwait(false);
        await buffer.FlushAsync(cancellationToken).ConfigureAwait(false);
        return new OciExpandResult
        {
            Reference = image.Manifest.Reference,
            Path = path,
            Entries = first.Entries,
            Bytes = first.Bytes,
        };
    }

    private LayerRun Run(LayerSpool spool, string? path, IProgress<TransferEvent>? listener) =>
        new(image, spool.OpenAsync, request.Limits, listener) { TargetPath = path };

    private void CheckFile(string path)
    {
        if (Directory.Exists(path))
        {
            throw new OciException(
                OciErrorCode.DestinationExists, $"'{path}' is a folder. Choose another name for the tar.", path);
        }

        if (File.Exists(path) && !request.Force)
        {
            throw new OciException(
                OciErrorCode.DestinationExists,
                $"The file '{path}' exists. Choose another name, or use Force to replace it.",
                path);
        }
    }
}
