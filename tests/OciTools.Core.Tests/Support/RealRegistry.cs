using System.Diagnostics;
using System.Text.RegularExpressions;
using OciTools.Testing;

namespace OciTools.Tests.Support;

/// <summary>A distribution registry (the program docker-registry) on a free port of 127.0.0.1.</summary>
internal sealed partial class RealRegistry : IAsyncDisposable
{
    public const string UserName = "alice";
    public const string Password = "correct horse";

    private const string Program = "docker-registry";
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly TaskCompletionSource<string> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Process? _process;

    private RealRegistry()
    {
    }

    public static bool IsAvailable => Tool.Find(Program) is not null;

    /// <summary>The host and port, as in references.</summary>
    public string Host { get; private set; } = "";

    /// <summary>Where it is, with a slash at the end.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Skips the test when the program is missing.</summary>
    public static void Require() => Tool.Require(Program);

    /// <summary>Starts one, or skips the test when the program is missing.</summary>
    /// <param name="tls">Whether to serve https with <see cref="TestCertificates.Shared"/>.</param>
    /// <param name="password">Whether to ask for <see cref="UserName"/> and <see cref="Password"/>.</param>
    /// <param name="clientCertificate">Whether https asks for a certificate of the client.</param>
    /// <param name="schema1">Whether manifests of Docker's schema 1 are accepted.</param>
    /// <param name="cache">Whether it remembers which blobs it has, as Debian's does unless it is told not to.</param>
    public static async Task<RealRegistry> StartAsync(
        bool tls = false,
        bool password = false,
        bool clientCertificate = false,
        bool schema1 = false,
        bool cache = false)
    {
        Require();
        var registry = new RealRegistry();
        try
        {
            string config = registry._directory.Combine("config.yml");
            await File.WriteAllTextAsync(config, registry.Config(
                tls, password ? await registry.WritePasswordsAsync() : null, clientCertificate, schema1, cache));
            registry.Host = await registry.RunAsync(config);
            registry.Url = new Uri($"{(tls ? "https" : "http")}://{registry.Host}/");
            return registry;
        }
        catch
        {
            await registry.DisposeAsync();
            throw;
        }
    }

    private string Storage => _directory.Combine("data");

    /// <summary>The file in which a blob or document is kept.</summary>
    public string BlobPath(Digest digest) => Path.Combine(
        Storage, "docker", "registry", "v2", "blobs", digest.Algorithm, digest.Hex[..2], digest.Hex, "data");

    /// <summary>The text of a reference: host and port, repository, tag.</summary>
    public string Reference(string repository, string tag = "latest") => $"{Host}/{repository}:{tag}";

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        _directory.Dispose();
    }

    /// <summary>Starts the program; it says on which port once it listens.</summary>
    private async Task<string> RunAsync(string config)
    {
        _process = new Process
        {
            StartInfo = new ProcessStartInfo(Tool.Find(Program)!, ["serve", config])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
            EnableRaisingEvents = true,
        };
        var output = new System.Collections.Concurrent.ConcurrentQueue<string>();
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _address.TrySetException(new InvalidOperationException(
            $"{Program} ended:\n{string.Join('\n', output)}"));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        return await _address.Task.WaitAsync(s_startLimit, TestContext.Current.CancellationToken);

        void Read(string? line)
        {
            output.Enqueue(line ?? "");
            if (Listening().Match(line ?? "") is { Success: true } match)
                _address.TrySetResult(match.Groups[1].Value);
        }
    }

    private async Task<string> WritePasswordsAsync()
    {
        Tool.Require("htpasswd");
        string path = _directory.Combine("htpasswd");
        await File.WriteAllTextAsync(path, await Tool.RunAsync("htpasswd", "-Bbn", UserName, Password));
        return path;
    }

    private string Config(bool tls, string? passwordFile, bool clientCertificate, bool schema1, bool cache)
    {
        TestCertificates certificates = TestCertificates.Shared;
        List<string> lines =
        [
            "version: 0.1",
            "log: { level: info, accesslog: { disabled: true } }",
            "storage:",
            $"  filesystem: {{ rootdirectory: '{Storage}' }}",
            "  delete: { enabled: true }",
            cache ? "  cache: { blobdescriptor: inmemory }" : "",
            "http:",
            "  addr: 127.0.0.1:0",
            "  secret: for tests",
        ];
        if (tls)
        {
            lines.Add("  tls:");
            lines.Add($"    certificate: '{certificates.ServerCertificatePath}'");
            lines.Add($"    key: '{certificates.ServerKeyPath}'");
            if (clientCertificate)
                lines.Add($"    clientcas: ['{certificates.AuthorityPath}']");
        }

        if (passwordFile is not null)
            lines.Add($"auth: {{ htpasswd: {{ realm: test registry, path: '{passwordFile}' }} }}");
        if (schema1)
            lines.Add("compatibility: { schema1: { enabled: true } }");
        return string.Join('\n', lines);
    }

    [GeneratedRegex(@"listening on (127\.0\.0\.1:\d+)")]
    private static partial Regex Listening();
}
