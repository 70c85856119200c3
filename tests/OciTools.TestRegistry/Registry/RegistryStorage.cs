using System.Collections.Concurrent;

namespace OciTools.Testing;

/// <summary>All that a registry holds.</summary>
internal sealed class RegistryStorage : IDisposable
{
    public ConcurrentDictionary<string, Repository> Repositories { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, UploadSession> Uploads { get; } = new(StringComparer.Ordinal);

    /// <summary>Where long uploads are kept.</summary>
    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("oci-registry-").FullName;

    public Repository Get(string name) => Repositories.GetOrAdd(name, _ => new Repository());

    public Repository Find(string name) =>
        Repositories.GetValueOrDefault(name) ?? throw ApiException.NameUnknown(name);

    public void Dispose()
    {
        foreach (UploadSession upload in Uploads.Values)
            upload.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
