using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace OciTools.Layout;

/// <summary>Writes that survive a crash: a reader finds the old file or the new one, never a part of one.</summary>
internal static class DurableFile
{
    private const int InvalidArgument = 22;

    private const int MoveAttempts = 20;

    private static readonly TimeSpan s_moveDelay = TimeSpan.FromMilliseconds(50);

    /// <summary>Replaces a file as one step.</summary>
    /// <param name="path">The file.</param>
    /// <param name="content">Its new bytes.</param>
    /// <param name="temporary">A name on the same file system for the time until the bytes are on the disk.</param>
    public static async Task ReplaceAsync(string path, ReadOnlyMemory<byte> content, string temporary)
    {
        try
        {
            using (SafeFileHandle file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(file, content.Span, 0);
                RandomAccess.FlushToDisk(file);
            }

            await MoveAsync(temporary, path).ConfigureAwait(false);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Gives a file the name of another, which it replaces as one step.</summary>
    public static async Task MoveAsync(string from, string to)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                File.Move(from, to, overwrite: true);
                return;
            }
            catch (Exception exception) when (
                OperatingSystem.IsWindows() && attempt < MoveAttempts && FileFault.IsFileFault(exception))
            {
                // Windows does not replace a file that somebody has open, such as a reader or a virus scanner.
            }

            await Task.Delay(s_moveDelay).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Makes the names in a folder durable. On Unix a rename is on the disk only when the folder is; Windows keeps
    /// names in the journal of the file system and has no such call.
    /// </summary>
    public static void FlushFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            return;

        int descriptor = Open(path, 0);
        if (descriptor < 0)
            throw Fault(path);
        try
        {
            // Some network file systems cannot flush a folder and say so with EINVAL; their renames go to the server at
            // once.
            if (Synchronize(descriptor) != 0 && Marshal.GetLastPInvokeError() != InvalidArgument)
                throw Fault(path);
        }
        finally
        {
            _ = Close(descriptor);
        }
    }

    private static IOException Fault(string path)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"{Marshal.GetPInvokeErrorMessage(error)}: '{path}'", error);
    }

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static extern int Synchronize(int descriptor);

    [DllImport("libc", EntryPoint = "close")]
    private static extern int Close(int descriptor);
}
