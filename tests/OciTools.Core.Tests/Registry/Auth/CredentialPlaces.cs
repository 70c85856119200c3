using System.Text;
using OciTools.Registry.Auth;
using OciTools.Tests.Support;

namespace OciTools.Tests.Registry.Auth;

/// <summary>A home directory, environment variables and credential helpers of a test's own.</summary>
internal sealed class CredentialPlaces : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public CredentialPlaces()
    {
        Resolver = new CredentialResolver(Store, new CredentialEnvironment(Variables.GetValueOrDefault, Home)
        {
            HelperTimeLimit = TimeSpan.FromSeconds(20),
        });
        Variables["PATH"] = Programs;
    }

    public Dictionary<string, string> Variables { get; } = [];

    public CredentialStore Store { get; } = new();

    public CredentialResolver Resolver { get; }

    public EventList Events { get; } = new();

    public string Home => _directory.Combine("home");

    public string Programs => _directory.Combine("programs");

    public string DockerConfig => Path.Combine(Home, ".docker", "config.json");

    public string PodmanAuth => Path.Combine(Home, ".config", "containers", "auth.json");

    public static string Auth(string user, string password) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    /// <summary>A file with one entry.</summary>
    public static string AuthFile(string key, string user, string password = "secret") =>
        $$"""{"auths":{"{{key}}":{"auth":"{{Auth(user, password)}}"} } }""";

    public string Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
        return path;
    }

    /// <summary>Installs a shell script as helper, which writes what it is asked to <see cref="Asked"/>.</summary>
    public string AddHelper(string name, string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The helpers of these tests are shell scripts.");
        string path = Write(
            Path.Combine(Programs, $"docker-credential-{name}"),
            $"""
            #!/bin/sh
            server=$(cat)
            echo "$1 $server" >> '{Asked}'
            {script}

            """);
        SetMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    public static void SetMode(string path, UnixFileMode mode)
    {
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, mode);
    }

    public string Asked => _directory.Combine("asked");

    public Task<RegistryCredential?> FindAsync(
        string registry, string? repository = null, RegistryOptions? options = null) =>
        Resolver.For(registry, options ?? new RegistryOptions())
            .FindAsync(repository, Events, TestContext.Current.CancellationToken);

    public void Dispose() => _directory.Dispose();
}
