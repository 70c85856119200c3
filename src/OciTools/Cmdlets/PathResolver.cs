using System.Management.Automation;
using OciTools.Archives;

namespace OciTools.Cmdlets;

/// <summary>
/// Turns paths of the session into paths of the file system; relative ones start at the session's location.
/// </summary>
internal static class PathResolver
{
    private const string FileSystem = "FileSystem";

    private static readonly string[] s_transports = ["oci:", "oci-archive:", "docker-archive:"];

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

        RequireFileSystem(path, provider);
        return resolved;
    }

    /// <summary>Finds the archives that a path with wildcards means, at least one; folders are none.</summary>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.PathNotSupported"/>; <see cref="OciErrorCode.ArchiveNotFound"/>.
    /// </exception>
    public static IReadOnlyList<string> Expand(PathIntrinsics paths, string path)
    {
        IReadOnlyList<string> files;
        ProviderInfo provider;
        try
        {
            files = paths.GetResolvedProviderPathFromPSPath(path, out provider);
        }
        catch (ItemNotFoundException)
        {
            throw ArchiveFault.NotFound(path);
        }
        catch (SessionStateException exception)
        {
            throw NotSupported(path, exception.Message, exception);
        }

        RequireFileSystem(path, provider);
        if (WildcardPattern.ContainsWildcardCharacters(path))
            files = [.. files.Where(file => !Directory.Exists(file))];
        return files.Count > 0 ? files : throw ArchiveFault.NotFound(path);
    }

    /// <summary>
    /// Resolves the path of a reference to a layout or archive; a reference to a registry stays as it is.
    /// </summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.PathNotSupported"/>.</exception>
    public static ImageReference Resolve(PathIntrinsics paths, ImageReference reference) => reference.Path is { } path
        ? ImageReference.ForPath(reference.Transport, Resolve(paths, path), reference.Tag, reference.Digest)
        : reference;

    private static void RequireFileSystem(string path, ProviderInfo provider)
    {
        if (provider.Name != FileSystem)
            throw NotSupported(path, $"It belongs to the provider {provider.Name}.", null);
    }

    private static OciException NotSupported(string path, string reason, Exception? cause)
    {
        string? transport = s_transports.FirstOrDefault(start => path.StartsWith(start, StringComparison.Ordinal));
        string advice = transport is null
            ? $"'{path}' is no path of the file system. {reason} Name a folder or file on a disk."
            : $"'{path}' is a reference, and a path is wanted here. Leave away '{transport}' and the name of the image.";
        return new OciException(OciErrorCode.PathNotSupported, advice, path, cause);
    }
}
