using Microsoft.AspNetCore.Http;
using OciTools.Testing;

namespace OciTools.Reliability.Chaos;

/// <summary>Where one fault of an operation happens, and the choices that it draws.</summary>
internal sealed class FaultScene(Stage stage, (TestRegistry Registry, LatencyProxy Proxy)? place, Random random)
{
    private Func<int> _hits = () => 0;

    public Stage Stage { get; } = stage;

    public Random Random { get; } = random;

    public TestRegistry Registry => place!.Value.Registry;

    public LatencyProxy Proxy => place!.Value.Proxy;

    /// <summary>How often the fault has happened so far.</summary>
    public int Hits => _hits();

    public TestContent AnyContent() => Stage.Moved[Random.Next(Stage.Moved.Count)];

    /// <summary>Any layer, or config; big ones more often.</summary>
    public TestContent AnyBlob()
    {
        TestContent[] blobs = [.. Stage.Moved.Where(content => !content.IsDocument)];
        TestContent one = blobs[Random.Next(blobs.Length)];
        TestContent other = blobs[Random.Next(blobs.Length)];
        return one.Bytes.Length > other.Bytes.Length ? one : other;
    }

    public TestContent AnyDocument()
    {
        TestContent[] documents = [.. Stage.Image.Documents];
        return documents[Random.Next(documents.Length)];
    }

    public long AnyPlaceIn(TestContent content) => Random.NextInt64(content.Bytes.Length);

    public Fault OnGet(TestContent content) => Fault.On("GET", PathOf(content));

    public void Add(Fault fault)
    {
        Registry.Faults.Add(fault);
        Counts(() => fault.Hits);
    }

    public void Counts(Func<int> hits)
    {
        Func<int> before = _hits;
        _hits = () => before() + hits();
    }

    /// <summary>Stands before the registry, and before what stood there.</summary>
    public void Before(Func<HttpContext, Func<Task>, Task> step)
    {
        Func<HttpContext, Func<Task>, Task>? inner = Registry.Options.Middleware;
        Registry.Options.Middleware =
            (context, next) => step(context, () => inner is null ? next() : inner(context, next));
    }

    private string PathOf(TestContent content) =>
        !content.IsDocument ? $"/blobs/{content.Descriptor.Digest}"
        : content.Descriptor.Digest.Equals(Stage.Image.Root.Digest) ? "/manifests/"
        : $"/manifests/{content.Descriptor.Digest}";
}
