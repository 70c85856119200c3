using System.Security.Cryptography;

namespace OciTools.Layout;

/// <summary>
/// A random key in the user's profile, made when it is first needed. It tells what this user wrote from what came from
/// elsewhere, and protects nothing else: without it, or with a new one, blobs are hashed once more.
/// </summary>
internal static class UserKey
{
    private const int Length = 32;

    private static readonly Lazy<byte[]?> s_current = new(() => Load(Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "OciTools")));

    /// <summary>The key; null when the user has no profile that can be written.</summary>
    public static byte[]? Current => s_current.Value;

    /// <summary>Reads the key in a folder, or makes it.</summary>
    public static byte[]? Load(string folder)
    {
        if (!Path.IsPathFullyQualified(folder))
            return null;
        string path = Path.Combine(folder, "ledger.key");
        try
        {
            return Read(path) ?? Create(path);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            return null;
        }
    }

    private static byte[]? Read(string path) =>
        new FileInfo(path) is { Exists: true, Length: Length } ? File.ReadAllBytes(path) : null;

    // Of two processes that make it at once the last one wins, and the lines of the other are worth nothing later.
    private static byte[]? Create(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        string temporary = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            using (var file = new FileStream(temporary, options))
                file.Write(RandomNumberGenerator.GetBytes(Length));
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }

        return Read(path);
    }
}
