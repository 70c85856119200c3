namespace OciTools.Registry.Auth;

/// <summary>
/// Finds the credential of one registry. Files are read and helpers asked when they are first needed, and once;
/// the session's own credentials are looked at each time. Safe for concurrent use.
/// </summary>
internal sealed class CredentialLookup(CredentialResolver resolver, string registry, RegistryOptions options)
{
    // Docker keeps Docker Hub's credentials under the address of an API that is long gone.
    private const string DockerHubServer = "https://index.docker.io/v1/";

    private readonly string _host = CredentialKey.NormalizeHost(registry);
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, RegistryCredential?> _helped = new(StringComparer.Ordinal);
    private readonly HashSet<CredentialFileEntry> _malformed = [];
    private IReadOnlyList<CredentialFile>? _files;

    /// <summary>Where credentials are looked for, in words.</summary>
    public string Places => resolver.Places;

    /// <summary>The credential for a repository, or null when there is none or none is wanted.</summary>
    public async Task<RegistryCredential?> FindAsync(
        string? repository, IProgress<TransferEvent>? progress, CancellationToken cancellationToken)
    {
        if (options.Anonymous)
            return null;
        if (options.Credential is { } given)
            return RegistryCredential.From(given, "the Credential parameter");
        if (resolver.Store.Find(registry) is { } connected)
            return connected;

        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            _files ??= await resolver.LoadAsync(progress, cancellationToken).ConfigureAwait(false);
            foreach (CredentialFile file in _files)
            {
                RegistryCredential? found = await FindInHelpersAsync(file, progress, cancellationToken)
                    .ConfigureAwait(false) ?? FindInEntries(file, repository, progress);
                if (found is not null)
                    return found;
            }

            return null;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Makes the next search read files and ask helpers again: the user may have signed in there.</summary>
    public async Task ForgetAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken).ConfigureAwait(false);
        _files = null;
        _helped.Clear();
        _gate.Release();
    }

    private async Task<RegistryCredential?> FindInHelpersAsync(
        CredentialFile file, IProgress<TransferEvent>? progress, CancellationToken cancellationToken)
    {
        foreach (string name in file.HelpersFor(_host))
        {
            if (!_helped.TryGetValue(name, out RegistryCredential? credential))
            {
                credential = await AskAsync(name, progress, cancellationToken).ConfigureAwait(false);
                _helped.Add(name, credential);
            }

            if (credential is not null)
                return credential;
        }

        return null;
    }

    private async Task<RegistryCredential?> AskAsync(
        string name, IProgress<TransferEvent>? progress, CancellationToken cancellationToken)
    {
        CredentialHelper helper = resolver.Helper(name);
        try
        {
            // Podman keeps Docker Hub's under its name.
            return _host == "docker.io"
                ? await helper.GetAsync(DockerHubServer, cancellationToken).ConfigureAwait(false)
                    ?? await helper.GetAsync(_host, cancellationToken).ConfigureAwait(false)
                : await helper.GetAsync(_host, cancellationToken).ConfigureAwait(false);
        }
        catch (OciException exception) when (exception.Code == OciErrorCode.CredentialUnavailable)
        {
            CredentialResolver.Warn(progress, $"{exception.Message} Credentials are looked for elsewhere.");
            return null;
        }
    }

    private RegistryCredential? FindInEntries(
        CredentialFile file, string? repository, IProgress<TransferEvent>? progress)
    {
        foreach (CredentialFileEntry entry in file.EntriesFor(_host, repository))
        {
            try
            {
                if (entry.ToCredential(file.Source) is { } credential)
                    return credential;
            }
            catch (FormatException)
            {
                if (_malformed.Add(entry))
                {
                    CredentialResolver.Warn(progress, $"The entry for {_host} in '{file.Source}' is malformed and is "
                        + "passed over. Sign in again there.");
                }
            }
        }

        return null;
    }
}
