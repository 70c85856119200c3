using System.Formats.Tar;
using OciTools.Testing;

namespace OciTools.Reliability.Chaos;

/// <summary>The places of one operation: registries behind proxies, and a folder.</summary>
internal sealed class Stage : IAsyncDisposable
{
    public const string Repository = "team/app";
    public const string Tag = "v1";

    private readonly List<IAsyncDisposable> _places = [];
    private readonly string _folder = Directory.CreateTempSubdirectory("ocitools-chaos-").FullName;

    private Stage(TestImage image, TestImage former, TestImage successor)
    {
        Image = image;
        Successor = successor;
        Known = new[] { image, former, successor }.ToDictionary(known => known.Root.Digest);
    }

    /// <summary>What is to be moved.</summary>
    public TestImage Image { get; }

    /// <summary>What the source's tag may point to later.</summary>
    public TestImage Successor { get; }

    /// <summary>All images that may be anywhere, by the digest of their root.</summary>
    public IReadOnlyDictionary<Digest, TestImage> Known { get; }

    public Job Job { get; private set; } = null!;

    /// <summary>The registry that is read, and the way to it.</summary>
    public (TestRegistry Registry, LatencyProxy Proxy)? Source { get; private set; }

    /// <summary>The registry that is written, and the way to it.</summary>
    public (TestRegistry Registry, LatencyProxy Proxy)? Destination { get; private set; }

    public string SourceLayout => Path.Combine(_folder, "source");

    public string SourceArchive => Path.Combine(_folder, "source.tar");

    public string DestinationLayout => Path.Combine(_folder, "destination");

    public string DestinationArchive => Path.Combine(_folder, "destination.tar");

    /// <summary>Bytes that have come from the source registry and gone to the destination registry.</summary>
    public long BytesPassed => (Source?.Proxy.BytesToClients ?? 0) + (Destination?.Proxy.BytesFromClients ?? 0);

    public IEnumerable<LatencyProxy> Proxies => Registries.Select(place => place.Proxy);

    private IEnumerable<(TestRegistry Registry, LatencyProxy Proxy)> Registries =>
        new[] { Source, Destination }.OfType<(TestRegistry, LatencyProxy)>();

    public static async Task<Stage> CreateAsync(Plan plan, ChaosImages images)
    {
        var stage = new Stage(plan.Image, images.Former, images.Successor);
        JobKind kind = plan.Kind;
        if (kind.ReadsRegistry())
        {
            stage.Source = await stage.StartAsync();
            stage.Image.AddTo(stage.Source.Value.Registry, Repository, Tag);
            stage.Successor.AddTo(stage.Source.Value.Registry, Repository, tag: null);
        }

        if (kind.WritesRegistry())
            stage.Destination = await stage.StartAsync();
        stage.WriteSourceFiles(kind);
        if (plan.HasFormer)
        {
            if (stage.Destination is { } destination)
                images.Former.AddTo(destination.Registry, Repository, Tag);
            else if (kind.WritesLayout())
                images.Former.WriteLayout(stage.DestinationLayout, Tag);
        }

        string source = stage.Source is { } from ? $"{from.Proxy.Host}/{Repository}:{Tag}"
            : kind.ReadsLayout() ? $"oci:{stage.SourceLayout}:{Tag}"
            : stage.SourceArchive;
        string target = stage.Destination is { } to ? $"{to.Proxy.Host}/{Repository}:{Tag}"
            : kind.WritesLayout() ? $"oci:{stage.DestinationLayout}:{Tag}"
            : stage.DestinationArchive;
        stage.Job = new Job(kind, source, target);
        return stage;
    }

    /// <summary>The bytes of an image, once for each registry that it comes from or goes to.</summary>
    public long BytesNeeded(Digest root) =>
        Registries.Count() * Known[root].Contents.Sum(content => (long)content.Bytes.Length);

    /// <summary>How many transfers went on in the middle of a blob.</summary>
    public int CountResumed() => Registries.Sum(place => place.Registry.Requests.Count(request =>
        request is { Method: "GET", Status: 206 }
        || (request.Method == "PATCH" && request.Header("Content-Range") is { } range
            && !range.StartsWith("0-", StringComparison.Ordinal))));

    /// <summary>Ends all that was done to the places.</summary>
    public void Heal()
    {
        foreach ((TestRegistry registry, LatencyProxy proxy) in Registries)
        {
            registry.Faults.Clear();
            registry.Options.Middleware = null;
            proxy.Options.CutAfter = null;
            proxy.Options.BytesPerSecond = null;
            proxy.BreakConnections();
        }

        WriteSourceFiles(Job.Kind);
    }

    public async ValueTask DisposeAsync()
    {
        for (int i = _places.Count - 1; i >= 0; i--)
            await _places[i].DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<(TestRegistry Registry, LatencyProxy Proxy)> StartAsync()
    {
        TestRegistry registry = await TestRegistry.StartAsync();
        _places.Add(registry);
        var proxy = LatencyProxy.Start(registry.Port);
        _places.Add(proxy);
        return (registry, proxy);
    }

    private void WriteSourceFiles(JobKind kind)
    {
        if (!kind.ReadsLayout() && !kind.ReadsArchive())
            return;
        if (Directory.Exists(SourceLayout))
            Directory.Delete(SourceLayout, recursive: true);
        Image.WriteLayout(SourceLayout, Tag);
        if (!kind.ReadsArchive())
            return;
        File.Delete(SourceArchive);
        TarFile.CreateFromDirectory(SourceLayout, SourceArchive, includeBaseDirectory: false);
    }
}
