using System.Management.Automation;

namespace OciTools.Cmdlets;

/// <summary>
/// Turns paths of the session into paths of the file system; relative ones start at the session's location.
/// </summary>
internal static class PathResolver
{
    private const string FileSystem = "FileSystem";

    /// <summary>Resolves a path literally: brackets and stars are ordinary characters. It need not exist.</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.PathNotSupported"/>.</exception>
    public static string Resolve(PathIntrinsics paths, string path)
    {
        string resolved;
        ProviderInfo provider;
        try
        {
            resolved = paths.GetUnresolvedProviderPathFromPSPath(path, out provider, out _);
        }
        catch (SessionStateException exception)
        {
            throw NotSupported(path, exception.Message, exception);
        }

        return provider.Name == FileSystem
            ? resolved
            : throw NotSupported(path, $"It belongs to the provider {provider.Name}.", null);
    }

    /// <summary>
    /// Resolves the path of a reference to a layout or archive; a reference to a registry stays as it is.
    /// </summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.PathNotSupported"/>.</exception>
    public static ImageReference Resolve(PathIntrinsics paths, ImageReference reference) => reference.Path is { } path
        ? ImageReference.ForPath(reference.Transport, Resolve(paths, path), reference.Tag, reference.Digest)
        : reference;

    private static OciException NotSupported(string path, string reason, Exception? cause) => new(
        OciErrorCode.PathNotSupported,
        $"'{path}' is no path of the file system. {reason} Name a folder or file on a disk.",
        path,
        cause);
}
