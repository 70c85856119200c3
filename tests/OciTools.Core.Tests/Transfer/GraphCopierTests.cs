using System.Text;
using OciTools.Tests.Support;
using OciTools.Transfer;

namespace OciTools.Tests.Transfer;

public sealed class GraphCopierTests
{
    private readonly MemoryStore _source = new();
    private readonly MemoryStore _sink = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Everything_arrives_and_no_document_before_what_it_names()
    {
        Descriptor root = AddMultiPlatform(8, 5);

        await new GraphCopier(_source, _sink).CopyAsync(root, "v1", cancellationToken: Cancellation);

        foreach (Digest digest in await _source.ClosureAsync(root))
            Assert.Equal(_source.Blobs[digest], _sink.Blobs[digest]);
        Assert.Equal(root.Digest, _sink.Tags["v1"]);
        await AssertChildrenFirstAsync(root);
    }

    [Fact]
    public async Task Shared_content_moves_once_and_every_parent_waits_for_it()
    {
        Descriptor shared = _source.AddLayer("shared");
        Descriptor first = _source.AddImage("linux/amd64", [shared]);
        Descriptor second = _source.AddImage("linux/arm64", [shared]);
        Descriptor root = _source.AddIndex([first, second]);
        var gate = new TaskCompletionSource();
        _source.Intercept = async (_, descriptor, token) =>
        {
            if (descriptor.Digest.Equals(shared.Digest))
                await gate.Task.WaitAsync(token);
        };

        Task copy = new GraphCopier(_source, _sink).CopyAsync(root, null, cancellationToken: Cancellation);
        Assert.DoesNotContain(_sink.Log, line => line.StartsWith("document", StringComparison.Ordinal));
        gate.SetResult();
        await copy;

        Assert.Single(_source.Log, $"open {shared.Digest}");
        await AssertChildrenFirstAsync(root);
    }

    [Fact]
    public async Task No_more_transfers_run_than_allowed_even_on_a_deep_graph()
    {
        Descriptor deep = AddMultiPlatform(6, 4);
        for (int i = 0; i < 8; i++)
            deep = _source.AddIndex([deep]);
        _source.Intercept = async (_, _, _) => await Task.Yield();

        await new GraphCopier(_source, _sink, new GraphCopyOptions { ThrottleLimit = 2 })
            .CopyAsync(deep, null, cancellationToken: Cancellation);

        Assert.InRange(_source.Peak, 1, 2);
        Assert.Contains(deep.Digest, _sink.Documents.Keys);
    }

    [Fact]
    public async Task The_first_failure_stops_the_others_and_no_parent_is_written()
    {
        Descriptor broken = _source.AddLayer("broken");
        Descriptor waiting = _source.AddLayer("waiting");
        Descriptor root = _source.AddImage("linux/amd64", [broken, waiting]);
        var started = new TaskCompletionSource();
        bool cancelled = false;
        _source.Intercept = async (_, descriptor, token) =>
        {
            if (descriptor == waiting)
            {
                started.SetResult();
                await using CancellationTokenRegistration registration = token.Register(() => cancelled = true);
                await Task.Delay(Timeout.Infinite, token);
            }

            if (descriptor == broken)
            {
                await started.Task;
                throw new IOException("broken");
            }
        };

        IOException thrown = await Assert.ThrowsAsync<IOException>(
            () => new GraphCopier(_source, _sink).CopyAsync(root, "v1", cancellationToken: Cancellation));

        Assert.Equal("broken", thrown.Message);
        Assert.True(cancelled);
        Assert.Empty(_sink.Documents);
        Assert.Empty(_sink.Tags);
    }

    [Fact]
    public async Task Cancelling_waits_for_the_transfers_and_is_told_as_a_cancellation()
    {
        Descriptor layer = _source.AddLayer("slow");
        Descriptor root = _source.AddImage("linux/amd64", [layer]);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var started = new TaskCompletionSource();
        bool ended = false;
        _source.Intercept = async (_, descriptor, token) =>
        {
            if (descriptor != layer)
                return;
            started.SetResult();
            try
            {
                await Task.Delay(Timeout.Infinite, token);
            }
            finally
            {
                ended = true;
            }
        };

        Task copy = new GraphCopier(_source, _sink).CopyAsync(root, "v1", cancellationToken: stop.Token);
        await started.Task;
        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => copy);
        Assert.True(ended);
        Assert.Empty(_sink.Documents);
    }

    [Fact]
    public async Task What_a_registry_has_is_not_walked_again_but_gets_the_tag()
    {
        var registry = new MemoryStore(holdsCompleteGraphs: true);
        Descriptor root = AddMultiPlatform(2, 2);
        await new GraphCopier(_source, registry).CopyAsync(root, "v1", cancellationToken: Cancellation);
        int moved = registry.Log.Count;

        await new GraphCopier(_source, registry).CopyAsync(root, "v2", cancellationToken: Cancellation);

        Assert.Equal([$"document {root.Digest}"], registry.Log.Skip(moved));
        Assert.Equal(root.Digest, registry.Tags["v2"]);
    }

    [Fact]
    public async Task A_layout_that_lost_a_blob_gets_it_back()
    {
        Descriptor layer = _source.AddLayer("lost");
        Descriptor root = _source.AddImage("linux/amd64", [layer, _source.AddLayer("kept")]);
        await new GraphCopier(_source, _sink).CopyAsync(root, "v1", cancellationToken: Cancellation);
        _sink.Blobs.TryRemove(layer.Digest, out _);
        int moved = _sink.Log.Count(line => line.StartsWith("blob", StringComparison.Ordinal));

        await new GraphCopier(_source, _sink).CopyAsync(root, "v1", cancellationToken: Cancellation);

        Assert.Equal([$"blob {layer.Digest}"], _sink.Log.Where(l => l.StartsWith("blob", StringComparison.Ordinal)).Skip(moved));
    }

    [Fact]
    public async Task Force_repairs_what_a_registry_claims_to_have_and_leaves_the_rest()
    {
        var registry = new MemoryStore(holdsCompleteGraphs: true);
        Descriptor broken = _source.AddLayer("broken");
        Descriptor sound = _source.AddLayer("sound");
        Descriptor root = _source.AddImage("linux/amd64", [broken, sound], "v1");
        await new GraphCopier(_source, registry).CopyAsync(root, "v1", cancellationToken: Cancellation);
        registry.Blobs[broken.Digest] = Encoding.UTF8.GetBytes("brokem");
        int moved = registry.Log.Count;

        await new GraphCopier(_source, registry, new GraphCopyOptions { Force = true })
            .CopyAsync(root, "v1", cancellationToken: Cancellation);

        Assert.Equal(_source.Blobs[broken.Digest], registry.Blobs[broken.Digest]);
        Assert.Contains($"blob {broken.Digest}", registry.Log.Skip(moved));
        Assert.DoesNotContain($"blob {sound.Digest}", registry.Log.Skip(moved));
    }

    [Fact]
    public async Task A_registry_that_misses_a_part_it_claimed_gets_it_and_the_document_once_more()
    {
        var registry = new MemoryStore(holdsCompleteGraphs: true);
        Descriptor layer = _source.AddLayer("part");
        Descriptor root = _source.AddImage("linux/amd64", [layer]);
        registry.Blobs[layer.Digest] = Encoding.UTF8.GetBytes("not it");
        int refusals = 0;
        registry.Intercept = (action, _, _) => action == "document" && refusals++ == 0
            ? throw new RegistryException(
                OciErrorCode.RegistryProtocol, "refused", System.Net.HttpStatusCode.BadRequest, [new("MANIFEST_BLOB_UNKNOWN", "")])
            : Task.CompletedTask;

        await new GraphCopier(_source, registry).CopyAsync(root, "v1", cancellationToken: Cancellation);

        Assert.Equal(_source.Blobs[layer.Digest], registry.Blobs[layer.Digest]);
        Assert.Equal(root.Digest, registry.Tags["v1"]);
    }

    [Fact]
    public async Task Handlers_choose_what_is_copied_and_the_document_stays_as_it_is()
    {
        Descriptor root = AddMultiPlatform(3, 1);

        await new GraphCopier(_source, _sink, new GraphCopyOptions { Handlers = children => children.Limit(1) })
            .CopyAsync(root, "v1", cancellationToken: Cancellation);

        Assert.Equal(_source.Blobs[root.Digest], _sink.Blobs[root.Digest]);
        Assert.Equal(2, _sink.Documents.Count);
    }

    private Descriptor AddMultiPlatform(int platforms, int layers) => _source.AddIndex(
        [.. Enumerable.Range(0, platforms).Select(p => _source.AddImage(
            $"linux/arch{p}", [.. Enumerable.Range(0, layers).Select(l => _source.AddLayer($"{p}/{l}"))]))]);

    private async Task AssertChildrenFirstAsync(Descriptor root)
    {
        List<string> written = [.. _sink.Log
            .Where(line => line.StartsWith("blob", StringComparison.Ordinal) || line.StartsWith("document", StringComparison.Ordinal))
            .Select(line => line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])];
        Assert.Equal(written.Count, written.Distinct().Count());
        foreach (Digest digest in await _source.ClosureAsync(root))
        {
            if (!_source.Documents.TryGetValue(digest, out Descriptor? document))
                continue;
            foreach (Descriptor child in (await _source.ReadDocumentAsync(document, Cancellation)).Children)
                Assert.True(written.IndexOf(child.Digest.ToString()) < written.IndexOf(digest.ToString()));
        }
    }
}
