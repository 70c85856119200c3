using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace OciTools.Benchmarks;

/// <summary>A real registry, distribution's, on a free port of the loopback. Its log counts the requests.</summary>
internal sealed partial class RegistryProcess : IAsyncDisposable
{
    public const string Program = "docker-registry";
    private const string Marker = "counted";

    private static readonly HttpClient s_http = new();

    private readonly Process _process;
    private readonly TaskCompletionSource<int> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _marked = new();
    private long _requests;

    private RegistryProcess(Process process) => _process = process;

    /// <summary>The port of the loopback that it listens on.</summary>
    public int Port { get; private set; }

    /// <summary>The host and port, as in references.</summary>
    public string Host => $"127.0.0.1:{Port}";

    /// <summary>Starts a registry that keeps its content in a directory.</summary>
    public static async Task<RegistryProcess> StartAsync(string directory, CancellationToken cancellationToken)
    {
        string settings = directory + ".yml";
        await File.WriteAllTextAsync(
            settings,
            $$"""
            version: 0.1
            log: {accesslog: {disabled: true}, level: info, formatter: text}
            storage: {cache: {blobdescriptor: inmemory}, filesystem: {rootdirectory: {{directory}} } }
            http: {addr: 127.0.0.1:0, secret: benchmark}
            """,
            cancellationToken);
        var start = new ProcessStartInfo(Program, ["serve", settings]) { RedirectStandardError = true };
        var registry = new RegistryProcess(Process.Start(start)!);
        registry._process.ErrorDataReceived += (_, received) => registry.Read(received.Data);
        registry._process.BeginErrorReadLine();
        registry.Port = await registry._listening.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);
        return registry;
    }

    /// <summary>How many requests the registry has answered, without those of the harness.</summary>
    public async Task<long> CountRequestsAsync(CancellationToken cancellationToken)
    {
        // The log is read as it comes; what was logged before the marker has been counted when the marker is read.
        _marked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using HttpResponseMessage response =
            await s_http.GetAsync(new Uri($"http://{Host}/v2/?{Marker}"), cancellationToken);
        await _marked.Task.WaitAsync(cancellationToken);
        return Interlocked.Read(ref _requests);
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    [GeneratedRegex(@"listening on 127\.0\.0\.1:(\d+)")]
    private static partial Regex Listening { get; }

    private void Read(string? line)
    {
        if (line is null)
            return;
        if (Listening.Match(line) is { Success: true } match)
            _listening.TrySetResult(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
        if (!line.Contains("response completed", StringComparison.Ordinal))
            return;
        if (line.Contains($"/v2/?{Marker}", StringComparison.Ordinal))
            _marked.TrySetResult();
        else
            Interlocked.Increment(ref _requests);
    }
}
