using System.Buffers;
using System.Globalization;
using Microsoft.Win32.SafeHandles;
using OciTools.Layout;
using OciTools.RootFs;

namespace OciTools.Archives;

/// <summary>
/// Opens an archive so that it can be read anywhere. One that is packed with gzip or zstd is unpacked into a temporary
/// file first, which vanishes when it is closed or the process ends.
/// </summary>
internal static class ArchiveSpool
{
    private const int BufferLength = 512 * 1024;

    public static async Task<SafeFileHandle> OpenAsync(string path, CancellationToken cancellationToken)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, share: FileShare.Read | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw ArchiveFault.NotFound(path);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(path, exception);
        }

        bool isKept = false;
        try
        {
            var packed = new FileRangeStream(file, path, 0, RandomAccess.GetLength(file));
            Stream? unpacked = Unpack(file, packed, path);
            isKept = unpacked is null;
            return unpacked is null
                ? file
                : await SpoolAsync(unpacked, RandomAccess.GetLength(file), path, cancellationToken)
                    .ConfigureAwait(false);
        }
        finally
        {
            if (!isKept)
                file.Dispose();
        }
    }

    private static Stream? Unpack(SafeFileHandle file, Stream packed, string path)
    {
        Span<byte> buffer = stackalloc byte[PackingMagic.Length];
        ReadOnlySpan<byte> magic = buffer[..RandomAccess.Read(file, buffer, 0)];
        LayerCompression compression = PackingMagic.Detect(magic, out string? unreadable);
        if (unreadable is not null)
            throw new OciException(
                OciErrorCode.NotSupported,
                $"The archive '{path}' is packed with {unreadable}. "
                + "Only gzip, zstd and plain tar can be read; unpack it first.",
                path);
        return compression switch
        {
            LayerCompression.Gzip => new GunzipStream(packed),
            LayerCompression.Zstd => new ZstdStream(packed),
            _ => null,
        };
    }

    private static async Task<SafeFileHandle> SpoolAsync(
        Stream unpacked, long packedLength, string path, CancellationToken cancellationToken)
    {
        SafeFileHandle spool = CreateTemporary();
        bool isComplete = false;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            long length = 0;
            int read;
            while ((read = await unpacked.ReadAtLeastAsync(buffer, buffer.Length, false, cancellationToken)
                .ConfigureAwait(false)) > 0)
            {
                RandomAccess.Write(spool, buffer.AsSpan(0, read), length);
                length += read;
                CheckLimits(length, packedLength, path);
            }

            isComplete = true;
            return spool;
        }
        catch (Exception exception) when (exception is InvalidDataException or ZstdException)
        {
            throw new OciException(
                OciErrorCode.ArchiveInvalid,
                $"The archive '{path}' cannot be unpacked: {DisplayText.Sanitize(exception.Message).TrimEnd('.')}. "
                + "Ask whoever made it for a correct one.",
                path,
                exception);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(Path.GetTempPath(), exception);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
            await unpacked.DisposeAsync().ConfigureAwait(false);
            if (!isComplete)
                spool.Dispose();
        }
    }

    private static SafeFileHandle CreateTemporary()
    {
        string path = Path.Combine(Path.GetTempPath(), $"ocitools-{Guid.NewGuid():N}.tar");
        try
        {
            // On Unix a file without a name lives until it is closed; Windows deletes it then.
            bool isWindows = OperatingSystem.IsWindows();
            SafeFileHandle file = File.OpenHandle(
                path,
                FileMode.CreateNew,
                FileAccess.ReadWrite,
                FileShare.None,
                isWindows ? FileOptions.DeleteOnClose : FileOptions.None);
            if (!isWindows)
                File.Delete(path);
            return file;
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(path, exception);
        }
    }

    private static void CheckLimits(long length, long packedLength, string path)
    {
        LayerLimits limits = LayerLimits.Default;
        if (length > limits.MaximumSize
            || (length > limits.UnratedSize && length / limits.MaximumRatio > packedLength))
            throw new OciException(
                OciErrorCode.LimitExceeded,
                string.Create(
                    CultureInfo.InvariantCulture, $"The archive '{path}' unpacks to more than {length} bytes. ")
                + "Real archives rarely do; do not trust this one.",
                path);
    }
}
