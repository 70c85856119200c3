namespace OciTools.RootFs;

/// <summary>
/// Layers that are read more than once. From a registry each is fetched once, into a temporary folder; elsewhere they
/// are read where they are.
/// </summary>
internal sealed class LayerSpool(IContentSource source) : IDisposable
{
    private readonly HashSet<Digest> _there = [];
    private DirectoryInfo? _folder;

    /// <summary>Opens a layer. Only one is opened at a time.</summary>
    public async Task<Stream> OpenAsync(Descriptor layer, CancellationToken cancellationToken)
    {
        if (source.Location.Transport != TransportKind.Registry)
            return await source.OpenBlobAsync(layer, 0, cancellationToken).ConfigureAwait(false);

        _folder ??= Directory.CreateTempSubdirectory("oci-layers-");
        string path = Path.Combine(_folder.FullName, layer.Digest.Hex);
        if (!_there.Contains(layer.Digest))
        {
            await FetchAsync(layer, path, cancellationToken).ConfigureAwait(false);
            _there.Add(layer.Digest);
        }

        return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 0, FileOptions.Asynchronous);
    }

    public void Dispose() => _folder?.Delete(recursive: true);

    private async Task FetchAsync(Descriptor layer, string path, CancellationToken cancellationToken)
    {
        Stream blob = await source.OpenBlobAsync(layer, 0, cancellationToken).ConfigureAwait(false);
        var content = new VerifyingStream(blob, layer);
        await using (content.ConfigureAwait(false))
        {
            var file = new FileStream(
                path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, FileOptions.Asynchronous);
            await using (file.ConfigureAwait(false))
                await content.CopyToAsync(file, cancellationToken).ConfigureAwait(false);
        }
    }
}
