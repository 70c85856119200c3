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

    private Stage(Plan plan, ChaosImages images)
    {
        Image = plan.Image.Image;
        Moved = Image.Contents;
        Conversion = plan.Converts ? plan.Image.Conversion : null;
        Successor = images.Successor;
        // What is converted must not arrive as it is.
        IEnumerable<TestImage> known = plan.Converts ? [] : [Image];
        Known = known.Append(images.Former).Append(Successor).ToDictionary(image => image.Root.Digest.ToString());
        if (plan.Faults.Any(fault => fault.Place == FaultPlace.Disk))
            Disk = SmallDisk.Mount(Path.Combine(_folder, "disk"));
    }

    /// <summary>What is to be moved.</summary>
    public TestImage Image { get; }

    /// <summary>What of it has to be moved: all of it, or what is broken at the destination.</summary>
    public IReadOnlyList<TestContent> Moved { get; private set; }

    /// <summary>Whether it was damaged at the destination before, and may stay so when a repair fails.</summary>
    public bool WasDamaged(string digest) =>
        Job.Kind == JobKind.Repair && Moved.Any(content => content.Descriptor.Digest.ToString() == digest);

    /// <summary>What must arrive of an image that is converted; null for an image that stays as it is.</summary>
    public Conversion? Conversion { get; }

    /// <summary>What the source's tag may point to later.</summary>
    public TestImage Successor { get; }

    /// <summary>All images that may be anywhere, by the digest of their root.</summary>
    public IReadOnlyDictionary<string, TestImage> Known { get; }

    /// <summary>Where the destination is, when that can be full.</summary>
    public SmallDisk? Disk { get; }

    public Job Job { get; private set; } = null!;

    /// <summary>The registry that is read, and the way to it.</summary>
    public (TestRegistry Registry, LatencyProxy Proxy)? Source { get; private set; }

    /// <summary>The registry that is written, and the way to it.</summary>
    public (TestRegistry Registry, LatencyProxy Proxy)? Destination { get; private set; }

    public string SourceLayout => Path.Combine(_folder, "source");

    public string SourceArchive => Path.Combine(_folder, "source.tar");

    public string DestinationLayout => Path.Combine(DestinationFolder, "destination");

    public string DestinationArchive => Path.Combine(DestinationFolder, "destination.tar");

    /// <summary>Bytes that have come from the source registry and gone to the destination registry.</summary>
    public long BytesPassed => (Source?.Proxy.BytesToClients ?? 0) + (Destination?.Proxy.BytesFromClients ?? 0);

    public IEnumerable<LatencyProxy> Proxies => Registries.Select(place => place.Proxy);

    private string DestinationFolder => Disk?.Path ?? _folder;

    private IEnumerable<(TestRegistry Registry, LatencyProxy Proxy)> Registries =>
        new[] { Source, Destination }.OfType<(TestRegistry, LatencyProxy)>();

    public static async Task<Stage> CreateAsync(Plan plan, ChaosImages images)
    {
        var stage = new Stage(plan, images);
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
        if (kind == JobKind.Repair)
            stage.WriteDamaged(plan.Random);
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
        stage.Job = new Job(kind, source, target, plan.Converts);
        return stage;
    }

    /// <summary>The bytes that have to be moved, once for each registry that they come from or go to.</summary>
    /// <param name="root">The image that arrived.</param>
    public long BytesNeeded(string? root)
    {
        IReadOnlyList<TestContent> moved = root is not null && root != Image.Root.Digest.ToString()
            && Known.TryGetValue(root, out TestImage? other) ? other.Contents : Moved;
        return Registries.Count() * moved.Sum(content => (long)content.Bytes.Length);
    }

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

        Disk?.Grow();
        WriteSourceFiles(Job.Kind);
    }

    public async ValueTask DisposeAsync()
    {
        for (int i = _places.Count - 1; i >= 0; i--)
            await _places[i].DisposeAsync();
        Disk?.Dispose();
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

    /// <summary>Writes the image to the destination, and damages some of its contents.</summary>
    private void WriteDamaged(Random random)
    {
        Image.WriteLayout(DestinationLayout, Tag);
        TestContent[] blobs = [.. Image.Blobs];
        TestContent[] documents = [.. Image.Documents];
        random.Shuffle(blobs);
        random.Shuffle(documents);
        Moved = [.. blobs.Take(random.Next(1, 4)), .. documents.Take(random.Next(2))];
        foreach (TestContent content in Moved)
            Damage(content, random);
    }

    private void Damage(TestContent content, Random random)
    {
        Digest digest = content.Descriptor.Digest;
        string path = Path.Combine(DestinationLayout, "blobs", digest.Algorithm, digest.Hex);
        // An image that is missing in an index may have been left out on purpose.
        bool mayBeMissing = !content.IsDocument || digest.Equals(Image.Root.Digest);
        int at = random.Next(content.Bytes.Length);
        switch (random.Next(mayBeMissing ? 0 : 1, 3))
        {
            case 0:
            case var _ when content.Bytes.Length == 0:
                File.Delete(path);
                break;
            case 1:
                File.WriteAllBytes(path, content.Bytes[..at]);
                break;
            default:
                byte[] bytes = [.. content.Bytes];
                bytes[at] ^= (byte)(1 << random.Next(8));
                File.WriteAllBytes(path, bytes);
                break;
        }
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
