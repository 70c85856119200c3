using OciTools.Tests.Support;
using OciTools.Transfer;

namespace OciTools.Tests.Transfer;

public sealed class GraphWalkerTests
{
    private readonly MemoryStore _store = new();
    private readonly List<Digest> _visited = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Walks_depth_first_in_order_and_visits_shared_content_once()
    {
        Descriptor shared = _store.AddLayer("shared");
        Descriptor own = _store.AddLayer("own");
        Descriptor first = _store.AddImage("linux/amd64", [shared]);
        Descriptor second = _store.AddImage("linux/arm64", [shared, own]);
        Descriptor index = _store.AddIndex([first, second]);

        await Walker(GraphHandlers.Children(_store)).WalkAsync([index], Cancellation);

        Digest[] firstChildren = await ChildrenAsync(first);
        Digest[] secondChildren = await ChildrenAsync(second);
        Assert.Equal(
            [index.Digest, first.Digest, .. firstChildren, second.Digest, secondChildren[0], own.Digest], _visited);
    }

    [Fact]
    public async Task Parallel_walk_visits_the_same_nodes_and_never_more_at_once_than_allowed()
    {
        List<Descriptor> images =
            [.. Enumerable.Range(0, 20).Select(i => _store.AddImage("linux/amd64", [_store.AddLayer($"{i}")]))];
        Descriptor index = _store.AddIndex(images);
        int running = 0;
        int peak = 0;
        GraphHandler children = GraphHandlers.Children(_store);
        var visited = new System.Collections.Concurrent.ConcurrentBag<Digest>();
        GraphHandler counted = async (node, token) =>
        {
            visited.Add(node.Descriptor.Digest);
            int now = Interlocked.Increment(ref running);
            lock (visited)
                peak = Math.Max(peak, now);
            await Task.Yield();
            IReadOnlyList<Descriptor> found = await children(node, token);
            Interlocked.Decrement(ref running);
            return found;
        };

        await new GraphWalker(counted).WalkParallelAsync([index], 3, Cancellation);

        Assert.Equal((await _store.ClosureAsync(index)).ToHashSet(), visited.ToHashSet());
        Assert.Equal(visited.Count, visited.Distinct().Count());
        Assert.InRange(peak, 1, 3);
    }

    [Fact]
    public async Task Platform_filter_goes_on_only_to_the_wanted_platform_and_its_attestation()
    {
        Descriptor amd64 = _store.AddImage("linux/amd64", [_store.AddLayer("a")]);
        Descriptor arm64 = _store.AddImage("linux/arm64", [_store.AddLayer("b")]);
        Descriptor aboutAmd64 = Attestation("of amd64", amd64);
        Descriptor aboutArm64 = Attestation("of arm64", arm64);
        Descriptor index = _store.AddIndex([amd64, arm64, aboutAmd64, aboutArm64]);
        var selector = new PlatformSelector(Platform.Parse("linux/arm64"));

        await Walker(GraphHandlers.Children(_store).FilterPlatforms(selector, _store.Location)).WalkAsync([index], Cancellation);

        Assert.Contains(arm64.Digest, _visited);
        Assert.Contains(aboutArm64.Digest, _visited);
        Assert.DoesNotContain(amd64.Digest, _visited);
        Assert.DoesNotContain(aboutAmd64.Digest, _visited);
    }

    [Fact]
    public async Task Limit_keeps_the_first_entries_of_an_index_and_all_layers()
    {
        Descriptor first = _store.AddImage("linux/amd64", [_store.AddLayer("a"), _store.AddLayer("b")]);
        Descriptor second = _store.AddImage("linux/arm64", [_store.AddLayer("c")]);
        Descriptor index = _store.AddIndex([first, second]);

        await Walker(GraphHandlers.Children(_store).Limit(1)).WalkAsync([index], Cancellation);

        Assert.Equal([index.Digest, first.Digest, .. await ChildrenAsync(first)], _visited);
    }

    [Fact]
    public async Task External_layers_are_left_out_but_layers_of_that_type_without_urls_stay()
    {
        Descriptor external =
            _store.AddLayer("far", MediaTypes.DockerForeignLayerGzip) with { Urls = ["https://far.example/x"] };
        Descriptor kept = _store.AddLayer("near", MediaTypes.DockerForeignLayerGzip);
        Descriptor image = _store.AddImage("windows/amd64", [external, kept]);

        await Walker(GraphHandlers.Children(_store).SkipExternalLayers()).WalkAsync([image], Cancellation);

        Assert.DoesNotContain(external.Digest, _visited);
        Assert.Contains(kept.Digest, _visited);
    }

    [Fact]
    public async Task Referrers_follow_the_children_of_their_subject()
    {
        Descriptor image = _store.AddImage("linux/amd64", [_store.AddLayer("a")]);
        Descriptor signature = _store.AddImage("linux/amd64", [_store.AddLayer("sig")], subject: image);

        await Walker(GraphHandlers.Children(_store).WithReferrers(_store)).WalkAsync([image], Cancellation);

        Assert.Equal(image.Digest, _visited[0]);
        Assert.True(_visited.IndexOf(signature.Digest) > _visited.IndexOf((await ChildrenAsync(image))[^1]));
    }

    [Fact]
    public async Task A_graph_nested_without_end_is_refused()
    {
        int level = 0;
        GraphHandler endless = (_, _) => ValueTask.FromResult<IReadOnlyList<Descriptor>>(
            [new Descriptor { MediaType = MediaTypes.OciIndex, Digest = Digest.Compute([(byte)level++]), Size = 1 }]);
        Descriptor root = _store.AddIndex([]);

        OciException inOrder = await Assert.ThrowsAsync<OciException>(
            () => new GraphWalker(endless).WalkAsync([root], Cancellation));
        OciException parallel = await Assert.ThrowsAsync<OciException>(
            () => new GraphWalker(endless).WalkParallelAsync([root], 4, Cancellation));

        Assert.Equal(OciErrorCode.LimitExceeded, inOrder.Code);
        Assert.Equal(OciErrorCode.LimitExceeded, parallel.Code);
    }

    [Fact]
    public async Task The_first_failure_of_a_parallel_walk_is_the_one_that_is_told()
    {
        Descriptor broken = _store.AddImage("linux/amd64", [_store.AddLayer("a")]);
        Descriptor waiting = _store.AddImage("linux/arm64", [_store.AddLayer("b")]);
        Descriptor index = _store.AddIndex([broken, waiting]);
        var bothStarted = new TaskCompletionSource();
        GraphHandler children = GraphHandlers.Children(_store);
        GraphHandler failing = async (node, token) =>
        {
            if (node.Descriptor == waiting)
            {
                bothStarted.SetResult();
                await Task.Delay(Timeout.Infinite, token);
            }

            if (node.Descriptor == broken)
            {
                await bothStarted.Task;
                throw new InvalidOperationException("broken");
            }

            return await children(node, token);
        };

        var thrown = await Assert.ThrowsAsync<InvalidOperationException>(
            () => new GraphWalker(failing).WalkParallelAsync([index], 4, Cancellation));
        Assert.Equal("broken", thrown.Message);
    }

    private GraphWalker Walker(GraphHandler handler) =>
        new(handler.Observe(node => _visited.Add(node.Descriptor.Digest)));

    private async Task<Digest[]> ChildrenAsync(Descriptor document) =>
        [.. (await _store.ReadDocumentAsync(document, Cancellation)).Children.Select(child => child.Digest)];

    private Descriptor Attestation(string content, Descriptor subject) =>
        _store.AddImage("unknown/unknown", [_store.AddLayer(content)]) with
        {
            Annotations = new Dictionary<string, string>
            {
                ["vnd.docker.reference.type"] = "attestation-manifest",
                ["vnd.docker.reference.digest"] = subject.Digest.ToString(),
            },
        };
}
