using System.Text;
using System.Text.Json;

namespace OciTools.Registry.Auth;

/// <summary>Knows where credentials are kept: in the session, and in podman's and docker's files.</summary>
/// <remarks>
/// A file that cannot be read or understood is passed over with a warning: what is broken there is most often
/// meant for other registries, and must not stop an anonymous pull.
/// </remarks>
internal sealed class CredentialResolver(CredentialStore store, CredentialEnvironment environment)
{
    private const string DockerAuthConfig = "DOCKER_AUTH_CONFIG";
    private const int MaximumFileSize = 1024 * 1024;

    public CredentialStore Store => store;

    /// <summary>The places that are looked into, in their order, in words.</summary>
    public string Places => string.Join(", ", [
        "this session",
        .. environment.PodmanAuthFiles(),
        .. environment.DockerAuthConfig is null ? Array.Empty<string>() : [DockerAuthConfig],
        environment.DockerConfigFile,
    ]);

    /// <summary>The search for the credential of one registry, which reads each file once.</summary>
    public CredentialLookup For(string registry, RegistryOptions options) => new(this, registry, options);

    public CredentialHelper Helper(string name) => new(name, environment);

    /// <summary>Reads the credential files that are there, in the order in which they count.</summary>
    public async Task<IReadOnlyList<CredentialFile>> LoadAsync(
        IProgress<TransferEvent>? progress, CancellationToken cancellationToken)
    {
        if (environment.NamedAuthFile is { } named && !File.Exists(named))
            Warn(progress, $"REGISTRY_AUTH_FILE names '{named}', and there is no such file.");

        List<CredentialFile> files = [];
        foreach (string path in environment.PodmanAuthFiles())
            await AddAsync(path).ConfigureAwait(false);
        if (environment.DockerAuthConfig is { } json)
            Add(json, DockerAuthConfig);
        await AddAsync(environment.DockerConfigFile).ConfigureAwait(false);
        return files;

        async Task AddAsync(string path)
        {
            try
            {
                if (File.Exists(path))
                    Add(await ReadAsync(path, cancellationToken).ConfigureAwait(false), path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                Warn(progress, $"The credential file '{path}' is passed over. {exception.Message}");
            }
        }

        void Add(string text, string source)
        {
            try
            {
                files.Add(CredentialFile.Parse(text, source));
            }
            catch (JsonException exception)
            {
                Warn(progress, $"The credentials in '{source}' are passed over, because the text is malformed"
                    + $" (line {exception.LineNumber + 1 ?? 1}). Correct or remove it.");
            }
        }
    }

    public static void Warn(IProgress<TransferEvent>? progress, string message) => progress?.Report(
        new TransferEvent { Kind = TransferEventKind.Warned, Message = DisplayText.Sanitize(message) });

    private static async Task<string> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var file = new FileStream(path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete });
        await using (file.ConfigureAwait(false))
        {
            byte[] buffer = new byte[(int)Math.Min(file.Length, MaximumFileSize) + 1];
            int count = await file.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken)
                .ConfigureAwait(false);
            return count > MaximumFileSize
                ? throw new IOException("It is larger than 1 MiB.")
                : Encoding.UTF8.GetString(buffer, 0, count);
        }
    }
}
