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

    // A writer may give the name to another file while this one is read; on Windows that takes FileShare.Delete.
    private const FileShare Sharing = FileShare.Read | FileShare.Delete;

    /// <summary>The content of a new <c>oci-layout</c> file.</summary>
    public static ReadOnlyMemory<byte> Marker { get; } = """{"imageLayoutVersion":"1.0.0"}"""u8.ToArray();

    /// <summary>Checks the <c>oci-layout</c> file (image-layout.md, "oci-layout file").</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.LayoutInvalid"/>.</exception>
    public static void CheckMarker(LayoutPaths paths)
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

    /// <summary>Reads <c>index.json</c>.</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.LayoutInvalid"/>.</exception>
    public static LayoutIndex ReadIndex(LayoutPaths paths) =>
        LayoutIndex.Parse(ReadAll(paths.Index, LayoutIndex.SizeLimit), paths.Index);

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
    public static FileStream Open(FileInfo blob)
    {
        try
        {
            return new FileStream(blob.FullName, new FileStreamOptions
            {
                Share = Sharing,
                BufferSize = (int)Math.Clamp(blob.Length, 1, BufferSize),
                Options = FileOptions.SequentialScan,
            });
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(blob.FullName, exception);
        }
    }

    /// <summary>Reads a small file whole.</summary>
    public static byte[] ReadAll(string path, long limit)
    {
        try
        {
            using SafeFileHandle file = File.OpenHandle(path, share: Sharing);
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

    /// <summary>Hashes a blob.</summary>
    public static Task<Digest> HashAsync(FileInfo blob, string algorithm, CancellationToken cancellationToken)
    {
        return Task.Run(Hash, cancellationToken);

        Digest Hash()
        {
            using IncrementalHash hash = Digest.CreateHash(algorithm);
            byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
            try
            {
                using SafeFileHandle file = File.OpenHandle(
                    blob.FullName, share: Sharing, options: FileOptions.SequentialScan);
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
}
