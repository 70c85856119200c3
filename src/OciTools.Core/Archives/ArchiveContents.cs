using System.Globalization;
using Microsoft.Win32.SafeHandles;
using OciTools.Layout;

namespace OciTools.Archives;

/// <summary>An open archive: what it lists, and where its contents are.</summary>
internal sealed class ArchiveContents : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly DockerArchive? _docker;

    private ArchiveContents(SafeFileHandle file, ArchiveIndex entries, LayoutIndex index, DockerArchive? docker)
    {
        _file = file;
        Entries = entries;
        Index = index;
        _docker = docker;
    }

    /// <summary>The files of the archive.</summary>
    public ArchiveIndex Entries { get; }

    /// <summary>The images.</summary>
    public LayoutIndex Index { get; }

    /// <summary>Opens an archive. A layout in it counts more than what Docker made of the same images.</summary>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ArchiveNotFound"/>; <see cref="OciErrorCode.ArchiveInvalid"/>;
    /// <see cref="OciErrorCode.LimitExceeded"/>; <see cref="OciErrorCode.NotSupported"/>.
    /// </exception>
    public static async Task<ArchiveContents> OpenAsync(string path, CancellationToken cancellationToken)
    {
        SafeFileHandle file = await ArchiveSpool.OpenAsync(path, cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Read(file, path, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Finds a blob or document by its digest; null when the archive does not hold it.</summary>
    public ArchiveEntry? Find(Digest digest) => _docker is null
        ? Entries.Find(ArchiveNames.Blob(digest))
        : _docker.Blobs.GetValueOrDefault(digest);

    /// <summary>A document that is in no file, because it was made from what the archive says.</summary>
    public RawDocument? FindAuthored(Digest digest) =>
        _docker?.Manifests.GetValueOrDefault(digest) ?? Index.Composed(digest);

    public void Dispose() => _file.Dispose();

    private static ArchiveContents Read(SafeFileHandle file, string path, CancellationToken cancellationToken)
    {
        ArchiveIndex entries = ArchiveIndex.Read(file, path, cancellationToken);
        ArchiveEntry? dockerManifest = entries.Find(ArchiveNames.DockerManifest);
        if (entries.Find(ArchiveNames.Index) is { } indexEntry)
        {
            CheckMarker(entries);
            LayoutIndex index = ReadIndex(entries, indexEntry);
            if (index.Entries.Count > 0 || dockerManifest is null)
                return new ArchiveContents(file, entries, index, null);
        }

        if (dockerManifest is null)
            throw new OciException(
                OciErrorCode.ArchiveInvalid,
                $"The archive '{path}' holds no images: it has neither an index.json nor a manifest.json. "
                + "Check that it is what docker save or another tool for images wrote.",
                path);
        var docker = DockerArchive.Read(entries, dockerManifest, cancellationToken);
        return new ArchiveContents(file, entries, docker.Index, docker);
    }

    private static LayoutIndex ReadIndex(ArchiveIndex entries, ArchiveEntry entry)
    {
        try
        {
            return LayoutIndex.Parse(entries.ReadAll(entry, (int)LayoutIndex.SizeLimit));
        }
        catch (FormatException exception)
        {
            throw entries.Invalid(entry, exception.Message);
        }
    }

    private static void CheckMarker(ArchiveIndex entries)
    {
        if (entries.Find(ArchiveNames.Marker) is not { } marker)
            return;
        string? version = LayoutFiles.ReadVersion(entries.ReadAll(marker, LayoutFiles.MarkerLimit));
        if (version != LayoutFiles.LayoutVersion)
            throw entries.Invalid(marker, string.Create(
                CultureInfo.InvariantCulture,
                $"it does not say layout version {LayoutFiles.LayoutVersion}, the only one that is known"));
    }
}
