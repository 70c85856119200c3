using OciTools.Registry;
using OciTools.Testing;

namespace OciTools.Tests.Registry;

public sealed class TagListTests : IAsyncLifetime
{
    private readonly RegistryFixture _fixture = new();
    private TestRegistry _registry = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        TestImage image = TestImages.Single().AddTo(_registry, "app", tag: null);
        foreach (int number in Enumerable.Range(10, 25))
            _registry.Tag("app", $"v{number}", image.Root.Digest);
    }

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Follows_the_pages(bool absolute)
    {
        _registry.Options.PageSize = 10;
        _registry.Options.AbsoluteLocations = absolute;

        Assert.Equal(_registry.GetTags("app"), await ListAsync());
        Assert.Equal(3, _registry.Requests.Count);
    }

    [Fact]
    public async Task Asks_for_no_further_page_than_is_wanted()
    {
        _registry.Options.PageSize = 10;
        await foreach (string tag in Store().ListTagsAsync(Token))
        {
            Assert.Equal("v10", tag);
            break;
        }

        Assert.Single(_registry.Requests);
    }

    [Fact]
    public async Task Takes_null_for_no_tags()
    {
        _registry.Faults.Add(OnList().Status(200, """{"name":"app","tags":null}"""));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Leaves_out_what_is_no_tag()
    {
        _registry.Faults.Add(OnList().Status(200, """{"tags":["a","\u001b[31mred","-b","",7,"c"]}"""));
        Assert.Equal(["a", "c"], await ListAsync());
    }

    [Fact]
    public async Task Asks_without_a_page_size_when_that_is_refused()
    {
        _registry.Faults.Add(OnList().Status(400));

        Assert.Equal(25, (await ListAsync()).Count);
        Assert.Equal("", _registry.Requests[1].Query);
    }

    [Theory]
    [InlineData("""<https://elsewhere.example/v2/app/tags/list?last=v19>; rel="next" """)]
    [InlineData("""<//elsewhere.example/v2/app/tags/list>; rel=next""")]
    public async Task Refuses_a_page_on_another_host(string link)
    {
        _registry.Faults.Add(OnList().Header("Link", link));

        OciException error = await Assert.ThrowsAsync<OciException>(ListAsync);
        Assert.Equal(OciErrorCode.UnsafeRedirect, error.Code);
        Assert.Single(_registry.Requests);
    }

    [Fact]
    public async Task Refuses_pages_in_a_circle()
    {
        _registry.Faults.Add(OnList().Always().Header("Link", """</v2/app/tags/list?last=v19>; rel="next" """));

        OciException error = await Assert.ThrowsAsync<OciException>(ListAsync);
        Assert.Equal(OciErrorCode.RegistryProtocol, error.Code);
    }

    [Fact]
    public async Task Leaves_links_alone_that_are_not_the_next_page()
    {
        _registry.Faults.Add(OnList().Header("Link", """<https://elsewhere.example/>; rel="first" """));
        Assert.Equal(25, (await ListAsync()).Count);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("nothing")]
    [InlineData("""{"tags":{}}""")]
    public async Task Refuses_what_is_no_list(string body)
    {
        _registry.Faults.Add(OnList().Status(200, body));

        OciException error = await Assert.ThrowsAsync<OciException>(ListAsync);
        Assert.Equal(OciErrorCode.RegistryProtocol, error.Code);
    }

    [Fact]
    public async Task Says_that_there_is_no_such_repository()
    {
        RegistryException error = await Assert.ThrowsAsync<RegistryException>(async () =>
        {
            await foreach (string _ in _fixture.Open(_registry.Host, "none").ListTagsAsync(Token))
                Assert.Fail("There is no tag.");
        });
        Assert.Equal(OciErrorCode.RepositoryNotFound, error.Code);
    }

    private static Fault OnList() => Fault.On("GET", "/tags/list");

    private RegistryStore Store() => _fixture.Open(_registry.Host, "app");

    private async Task<List<string>> ListAsync() => await Store().ListTagsAsync(Token).ToListAsync(Token);
}
