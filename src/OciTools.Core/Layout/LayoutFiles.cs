using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace OciTools.Layout;

/// <summary>Reads the files of a layout and refuses what has no place in one.</summary>
internal static class LayoutFiles
{
    /// <summary>The only version of layouts there is.</summary>
    public const string LayoutVersion = "1.0.0";

    /// <summary>An <c>oci-layout</c> file that is larger is none: 64 KiB.</summary>
    public const int MarkerLimit = 64 * 1024;

    private const int BufferSize = 256 * 1024;

    private const int OpenAttempts = 100;

    private static readonly TimeSpan s_openDelay = TimeSpan.FromMilliseconds(50);

    // A writer may give the name to another file while this one is read; on Windows that takes FileShare.Delete.
    private const FileShare Sharing = FileShare.Read | FileShare.Delete;

    /// <summary>The content of a new <c>oci-layout</c> file.</summary>
    public static ReadOnlyMemory<byte> Marker { get; } = """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray();

    /// <summary>Reads <c>index.json</c>, after a check that the folder is a layout.</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.LayoutInvalid"/>.</exception>
    public static LayoutIndex ReadLayout(LayoutPaths paths)
    {
        CheckMarker(paths);
        if (!File.Exists(paths.Index))
            throw new OciException(
                OciErrorCode.LayoutInvalid,
                $"'{paths.Root}' is an image layout without an 'index.json'. Restore the file, or use another folder.",
                paths.Root);
        return ReadIndex(paths);
    }

    /// <summary>Whether the folder is free for a new layout; false when it is one.</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.DestinationExists"/>: it is neither.</exception>
    public static bool CanBeCreated(LayoutPaths paths)
    {
        try
        {
            if (File.Exists(paths.Root))
                throw new OciException(
                    OciErrorCode.DestinationExists,
                    $"'{paths.Root}' is a file, and a layout is a folder. Choose another name.",
                    paths.Root);
            if (!Directory.Exists(paths.Root))
                return true;

            // Looked at in the opposite order of creation, so that a layout which another process is creating is not
            // refused.
            bool isEmpty = !Directory.EnumerateFileSystemEntries(paths.Root).Any();
            if (File.Exists(paths.Marker))
                return false;
            if (isEmpty || Directory.Exists(paths.Own))
                return true;
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(paths.Root, exception);
        }

        throw new OciException(
            OciErrorCode.DestinationExists,
            $"'{paths.Root}' holds files but is not an image layout. Choose an empty folder, a new one, or a layout.",
            paths.Root);
    }

    /// <summary>Checks the <c>oci-layout</c> file (image-layout.md, "oci-layout file").</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.LayoutInvalid"/>.</exception>
    private static void CheckMarker(LayoutPaths paths)
    {
        string? version = ReadVersion(ReadAll(paths.Marker, MarkerLimit));
        if (version != LayoutVersion)
            throw new OciException(
                OciErrorCode.LayoutInvalid,
                $"'{paths.Marker}' says "
                + (version is null ? "no layout version" : $"layout version '{DisplayText.Sanitize(version)}'")
                + $", but only {LayoutVersion} is known. Restore the file, or use another folder.",
                paths.Root);
    }

    /// <summary>The version that an <c>oci-layout</c> file names; null when it names none.</summary>
    public static string? ReadVersion(ReadOnlyMemory<byte> marker)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(marker);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("imageLayoutVersion", out JsonElement value)
                && value.ValueKind == JsonValueKind.String
                    ? value.GetString()
                    : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>
    /// Refuses links in the place of our own files: who made the layout could have us write, or clear away leftovers,
    /// anywhere.
    /// </summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.LayoutInvalid"/>.</exception>
    public static void RefuseLinks(LayoutPaths paths)
    {
        FileSystemInfo[] own =
        [
            new DirectoryInfo(paths.Own),
            new DirectoryInfo(paths.Staging),
            new FileInfo(paths.Lock),
            new FileInfo(paths.Ledger),
        ];
        if (Array.Find(own, file => file.LinkTarget is not null) is { } link)
            throw new OciException(
                OciErrorCode.LayoutInvalid,
                $"'{link.FullName}' is a link, and links are not followed there. Delete it.",
                link.FullName);
    }

    /// <summary>
    /// The index that was read or written last. A pipeline saves each image by itself, and would otherwise take an
    /// index of thousands apart for each, twice.
    /// </summary>
    public static LayoutIndex? LastIndex { get; set; }

    /// <summary>Reads <c>index.json</c>.</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.LayoutInvalid"/>.</exception>
    public static LayoutIndex ReadIndex(LayoutPaths paths)
    {
        byte[] bytes = ReadAll(paths.Index, LayoutIndex.SizeLimit);
        LayoutIndex? last = LastIndex;
        return last is not null && last.Bytes.Span.SequenceEqual(bytes)
            ? last
            : LastIndex = LayoutIndex.Parse(bytes, paths.Index);
    }

    /// <summary>The file of a blob, or null when there is none.</summary>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.LayoutInvalid"/>: the blob is a link, which may lead out of the layout.
    /// </exception>
    public static FileInfo? FindBlob(LayoutPaths paths, Digest digest)
    {
        var file = new FileInfo(paths.Blob(digest));
        if (!file.Exists)
            return null;
        if (file.Attributes.HasFlag(FileAttributes.ReparsePoint))
            throw new OciException(
                OciErrorCode.LayoutInvalid,
                $"'{file.FullName}' is a link, and links are not followed out of a layout. "
                + "Put the content in its place.",
                file.FullName);
        return file;
    }

    /// <summary>The files that have the name of a blob; others are nobody's business.</summary>
    public static IEnumerable<(Digest Digest, FileInfo File)> EnumerateBlobs(LayoutPaths paths)
    {
        if (!Directory.Exists(paths.Blobs))
            yield break;
        foreach (DirectoryInfo folder in new DirectoryInfo(paths.Blobs).EnumerateDirectories())
        {
            foreach (FileInfo file in folder.GetFiles())
            {
                if (Digest.TryParse($"{folder.Name}:{file.Name}", out Digest? digest))
                    yield return (digest, file);
            }
        }
    }

    /// <summary>Opens a blob for reading from front to back.</summary>
    public static async Task<Stream> OpenAsync(FileInfo blob, CancellationToken cancellationToken)
    {
        if (IsEmpty(blob))
            return Stream.Null;
        SafeFileHandle file = await OpenHandleAsync(blob, cancellationToken).ConfigureAwait(false);
        return new FileStream(file, FileAccess.Read, (int)Math.Clamp(blob.Length, 1, BufferSize));
    }

    /// <summary>Reads a blob whole that is a document.</summary>
    public static async Task<byte[]> ReadDocumentAsync(FileInfo blob, CancellationToken cancellationToken)
    {
        if (IsEmpty(blob))
            return [];
        using SafeFileHandle file = await OpenHandleAsync(blob, cancellationToken).ConfigureAwait(false);
        return ReadAll(file, blob.FullName, ContentLimits.Document);
    }

    /// <summary>Reads a small file whole that is no blob.</summary>
    public static byte[] ReadAll(string path, long limit)
    {
        try
        {
            if (IsEmpty(File.ResolveLinkTarget(path, returnFinalTarget: true) as FileInfo ?? new FileInfo(path)))
                return [];
            using SafeFileHandle file = File.OpenHandle(path, share: Sharing);
            return ReadAll(file, path, limit);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(path, exception);
        }
    }

    /// <summary>Hashes a blob.</summary>
    public static async Task<Digest> HashAsync(FileInfo blob, string algorithm, CancellationToken cancellationToken)
    {
        if (IsEmpty(blob))
            return Digest.Compute([], algorithm);
        using SafeFileHandle file = await OpenHandleAsync(blob, cancellationToken).ConfigureAwait(false);
        return await Task.Run(Hash, cancellationToken).ConfigureAwait(false);

        Digest Hash()
        {
            using IncrementalHash hash = Digest.CreateHash(algorithm);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                long offset = 0;
                while (RandomAccess.Read(file, buffer, offset) is > 0 and int count)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    hash.AppendData(buffer, 0, count);
                    offset += count;
                }
            }
            catch (Exception exception) when (FileFault.IsFileFault(exception))
            {
                throw FileFault.At(blob.FullName, exception);
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            return Digest.FromHash(algorithm, hash.GetHashAndReset());
        }
    }

    /// <summary>
    /// Whether there is nothing to read. A pipe in the place of a file says so too, and must not be opened: that would
    /// wait for somebody who writes to it.
    /// </summary>
    public static bool IsEmpty(FileInfo file) => file.Length == 0;

    /// <summary>Opens a blob, which its writer still holds for a moment when it has just got its name.</summary>
    private static async Task<SafeFileHandle> OpenHandleAsync(FileInfo blob, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return File.OpenHandle(blob.FullName, share: Sharing, options: FileOptions.SequentialScan);
            }
            catch (IOException exception) when (attempt < OpenAttempts && FileFault.IsHeldElsewhere(exception))
            {
                // Tried again below.
            }
            catch (Exception exception) when (FileFault.IsFileFault(exception))
            {
                throw FileFault.At(blob.FullName, exception);
            }

            await Task.Delay(s_openDelay, cancellationToken).ConfigureAwait(false);
        }
    }

    private static byte[] ReadAll(SafeFileHandle file, string path, long limit)
    {
        try
        {
            long length = RandomAccess.GetLength(file);
            if (length > limit)
                throw new OciException(
                    OciErrorCode.LimitExceeded,
                    $"'{path}' has {length} bytes, and no more than {limit} are read. "
                    + "Check that it is an image layout.",
                    path);
            byte[] bytes = new byte[length];
            int count = 0;
            while (count < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(count), count) is > 0 and int more)
                count += more;
            return bytes[..count];
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(path, exception);
        }
    }
}
