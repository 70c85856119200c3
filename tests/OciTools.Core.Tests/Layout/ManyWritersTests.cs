using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using OciTools.Http;
using OciTools.Operations;
using OciTools.Tests.Support;
using OciTools.Tests.Transfer;

namespace OciTools.Tests.Layout;

/// <summary>
/// Processes that save overlapping images into one layout at once, some of which are killed. What they tell over a
/// connection is all that counts; the layout is judged by its files alone, and by skopeo.
/// </summary>
public sealed class ManyWritersTests : IDisposable
{
    private const string SettingName = "OCI_TEST_WRITER";
    private const string NoLocks = "DOTNET_SYSTEM_IO_DISABLEFILELOCKING";
    private const int Processes = 16;
    private const int Images = 12;
    private const int ImagesPerProcess = 4;

    private readonly LayoutFixture _source = new();
    private readonly LayoutFixture _layout = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _source.Dispose();
        _layout.Dispose();
    }

    [Theory]
    [InlineData(1)]
    public async Task Every_image_that_was_reported_is_complete_whoever_was_killed_and_removed_what(int seed)
    {
        await AddImagesAsync(seed);

        List<string> saved = await RunAsync(Processes, seed, optimizes: true);

        Assert.InRange(saved.Count, ImagesPerProcess, Processes * ImagesPerProcess);
        HashSet<string> needed = await VerifyAsync(saved);
        await OptimizeAsync();
        Assert.Equal(needed, BlobNames().ToHashSet());
        Assert.Equal(needed, await VerifyAsync(saved));
        await VerifyWithSkopeoAsync(saved.Take(3));
    }

    [Fact]
    public async Task Where_the_file_system_has_no_locks_nothing_is_lost_either()
    {
        const int Few = 4;
        await AddImagesAsync(3);

        List<string> saved = await RunAsync(Few, seed: null, optimizes: false, (NoLocks, "true"));

        Assert.Equal(Few * ImagesPerProcess, saved.Count);
        await VerifyAsync(saved);
        Assert.False(File.Exists(Path.Combine(_layout.Root, ".ocitools", "lock.held")));
    }

    /// <summary>What a process does that another test starts.</summary>
    [Fact(Explicit = true)]
    public async Task Worker()
    {
        string? setting = Environment.GetEnvironmentVariable(SettingName);
        Assert.SkipWhen(setting is null, "This runs in a process of its own, started by another test.");
        string[] parts = setting.Split('|');
        int number = int.Parse(parts[3], CultureInfo.InvariantCulture);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, int.Parse(parts[2], CultureInfo.InvariantCulture), Cancellation);
        await using var report = new StreamWriter(client.GetStream()) { AutoFlush = true };
        await report.WriteLineAsync(parts[3]);
        var operation = new CopyImageOperation(new OciSession(new HttpClientSource()));
        for (int i = 0; i < ImagesPerProcess; i++)
        {
            string tag = $"w{number}-{i}";
            OciTransferResult result = await operation.RunAsync(
                new CopyImageRequest
                {
                    Source = ImageReference.ForLayout(parts[0], $"v{(number + i) % Images}"),
                    Destination = ImageReference.ForLayout(parts[1], tag),
                },
                new Reporter(report),
                Cancellation);
            lock (report)
                report.WriteLine($"{tag} {result.Digest}");
        }
    }

    /// <summary>Images for two platforms, of which neighbours share layers.</summary>
    private async Task AddImagesAsync(int seed)
    {
        var random = new Random(seed);
        Descriptor[] layers = [.. Enumerable.Range(0, Images + 3).Select(_ =>
        {
            byte[] content = new byte[random.Next(1_000, 300_000)];
            random.NextBytes(content);
            return _source.Source.AddBlob(content, MediaTypes.OciLayerGzip);
        })];
        for (int i = 0; i < Images; i++)
        {
            Descriptor index = _source.Source.AddIndex(
            [
                _source.Source.AddImage("linux/amd64", layers[i..(i + 3)]),
                _source.Source.AddImage("linux/arm64", layers[(i + 1)..(i + 4)]),
            ]);
            await _source.SaveAsync(index, $"v{i}");
        }
    }

    /// <summary>Runs the processes; with a seed every other one is killed when it has told so many things.</summary>
    /// <returns>The names and digests that were reported as saved.</returns>
    private async Task<List<string>> RunAsync(
        int processes, int? seed, bool optimizes, params (string Name, string Value)[] environment)
    {
        var random = new Random(seed ?? 0);
        int[] limits = [.. Enumerable.Range(0, processes)
            .Select(i => seed is not null && i % 2 == 1 ? random.Next(1, 60) : int.MaxValue)];
        var saved = new List<string>();
        using var optimizing = new SemaphoreSlim(1);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        int port = ((IPEndPoint)listener.LocalEndpoint).Port;
        Process[] started = [.. Enumerable.Range(0, processes).Select(number => Start(port, number, environment))];
        List<Task<string>> outputs =
            [.. started.Select(process => process.StandardOutput.ReadToEndAsync(Cancellation))];
        try
        {
            await Task.WhenAll(Enumerable.Range(0, processes).Select(_ => ListenAsync()));
            await Task.WhenAll(started.Select(process => process.WaitForExitAsync(Cancellation)));
            for (int i = 0; i < processes; i++)
                Assert.True(started[i].ExitCode == 0 || limits[i] < int.MaxValue, await outputs[i]);
        }
        finally
        {
            foreach (Process process in started)
            {
                process.Kill();
                process.Dispose();
            }
        }

        return saved;

        async Task ListenAsync()
        {
            using TcpClient client = await listener.AcceptTcpClientAsync(Cancellation);
            using var reader = new StreamReader(client.GetStream());
            int number = int.Parse((await ReadAsync(reader))!, CultureInfo.InvariantCulture);
            for (int count = 1; await ReadAsync(reader) is { } line; count++)
            {
                if (line.StartsWith('w'))
                {
                    lock (saved)
                        saved.Add(line);
                    if (optimizes)
                        await OptimizeOnceAsync();
                }

                if (count == limits[number])
                    started[number].Kill();
            }
        }

        async Task OptimizeOnceAsync()
        {
            await optimizing.WaitAsync(Cancellation);
            try
            {
                await OptimizeAsync();
            }
            finally
            {
                optimizing.Release();
            }
        }
    }

    private static async Task<string?> ReadAsync(StreamReader reader)
    {
        try
        {
            return await reader.ReadLineAsync(Cancellation);
        }
        catch (IOException)
        {
            // The process was killed.
            return null;
        }
    }

    private Process Start(int port, int number, (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(
            Path.ChangeExtension(
                typeof(ManyWritersTests).Assembly.Location, OperatingSystem.IsWindows() ? ".exe" : null),
            ["-explicit", "only", "-method", $"{typeof(ManyWritersTests).FullName}.{nameof(Worker)}"])
        {
            RedirectStandardOutput = true,
            Environment = { [SettingName] = $"{_source.Root}|{_layout.Root}|{port}|{number}" },
        };
        foreach ((string name, string value) in environment)
            start.Environment[name] = value;
        return Process.Start(start)!;
    }

    private Task<OciOptimizeResult> OptimizeAsync() => new OptimizeLayoutOperation()
        .RunAsync(new() { Path = _layout.Root, MinimumAge = TimeSpan.Zero }, null, Cancellation);

    private string[] BlobNames() =>
        [.. new DirectoryInfo(Path.Combine(_layout.Root, "blobs", "sha256")).GetFiles().Select(file => file.Name)];

    /// <summary>Follows the names through the files of the layout, and hashes everything on the way.</summary>
    /// <returns>The names of the blobs that the whole index leads to.</returns>
    private async Task<HashSet<string>> VerifyAsync(IEnumerable<string> saved)
    {
        Dictionary<string, string> listed = _layout.ReadEntries().ToDictionary(
            entry => (string)entry["annotations"]!["org.opencontainers.image.ref.name"]!,
            entry => (string)entry["digest"]!);
        Assert.All(saved, line => Assert.Equal(line, $"{line.Split(' ')[0]} {listed[line.Split(' ')[0]]}"));
        var seen = new HashSet<string>();
        foreach (string digest in listed.Values)
            await FollowAsync(digest, isDocument: true);
        return seen;

        async Task FollowAsync(string digest, bool isDocument)
        {
            string name = digest.Split(':')[1];
            if (!seen.Add(name))
                return;
            byte[] bytes = await File.ReadAllBytesAsync(
                Path.Combine(_layout.Root, "blobs", "sha256", name), Cancellation);
            Assert.Equal(name, Convert.ToHexStringLower(SHA256.HashData(bytes)));
            if (!isDocument)
                return;
            JsonNode document = JsonNode.Parse(bytes)!;
            foreach (JsonNode? child in document["manifests"]?.AsArray() ?? [])
                await FollowAsync((string)child!["digest"]!, isDocument: true);
            foreach (JsonNode? blob in document["layers"]?.AsArray() ?? [])
                await FollowAsync((string)blob!["digest"]!, isDocument: false);
            if (document["config"] is { } config)
                await FollowAsync((string)config["digest"]!, isDocument: false);
        }
    }

    private async Task VerifyWithSkopeoAsync(IEnumerable<string> saved)
    {
        if (Tool.Find("skopeo") is null)
            return;
        using var copy = new TemporaryDirectory();
        foreach (string tag in saved.Select(line => line.Split(' ')[0]))
            await Skopeo.CopyAsync($"oci:{_layout.Root}:{tag}", $"dir:{copy.Combine(tag)}", "--all");
    }

    private sealed class Reporter(StreamWriter report) : IProgress<TransferEvent>
    {
        public void Report(TransferEvent value)
        {
            lock (report)
                report.WriteLine($"{value.Kind} {value.Message}");
        }
    }
}
