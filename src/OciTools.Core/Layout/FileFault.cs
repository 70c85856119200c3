namespace OciTools.Layout;

/// <summary>Turns what the file system throws into errors that say what to do.</summary>
internal static class FileFault
{
    public static bool IsFileFault(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>The error for a failed access to a file.</summary>
    public static OciException At(string path, Exception cause)
    {
        string message = cause switch
        {
            UnauthorizedAccessException =>
                $"Access to '{path}' is denied. Check the permissions of the folder, or choose another one.",
            PathTooLongException =>
                $"The path '{path}' is too long for this system. Choose a folder with a shorter path.",
            _ when IsDiskFull(cause) =>
                $"The disk that holds '{path}' is full. Free some space and try again.",
            _ when IsReadOnly(cause) =>
                $"'{path}' is on a read-only file system. Choose a folder that can be written.",
            _ => $"Reading or writing '{path}' failed: {Sentence(cause.Message)} "
                + "Check the folder and the disk, then try again.",
        };
        return new OciException(OciErrorCode.WriteFailed, message, path, cause);
    }

    /// <summary>Whether another handle holds the file.</summary>
    public static bool IsHeldElsewhere(IOException exception) => OperatingSystem.IsWindows()
        ? Code(exception) is 32 or 33 // ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION
        : exception.HResult == (OperatingSystem.IsLinux() ? 11 : 35); // EWOULDBLOCK: .NET hands errno on as it is

    /// <summary>Whether there is a file of that name already.</summary>
    public static bool IsNameTaken(IOException exception) => OperatingSystem.IsWindows()
        ? Code(exception) == 80 // ERROR_FILE_EXISTS
        : exception.HResult == 17; // EEXIST

    private static bool IsDiskFull(Exception exception) => OperatingSystem.IsWindows()
        ? Code(exception) is 39 or 112 // ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL
        : exception.HResult == 28 || exception.HResult == (OperatingSystem.IsLinux() ? 122 : 69); // ENOSPC, EDQUOT

    private static bool IsReadOnly(Exception exception) => OperatingSystem.IsWindows()
        ? Code(exception) == 19 // ERROR_WRITE_PROTECT
        : exception.HResult == 30; // EROFS

    private static int Code(Exception exception) => exception.HResult & 0xFFFF;

    private static string Sentence(string message)
    {
        string text = DisplayText.Sanitize(message).Trim();
        return text.EndsWith('.') ? text : text + ".";
    }
}
