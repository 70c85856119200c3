using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using OciTools.Registry;
using OciTools.Testing;
using OciTools.Tests.Registry;
using OciTools.Transport;

namespace OciTools.Tests.Security;

/// <summary>Text of others that is meant for the terminal: colours, titles, lines that look like ours.</summary>
public sealed class HostileTextTests : IAsyncLifetime
{
    /// <summary>An escape sequence, a C1 control, a bell, a forged line, an override of direction, an invisible.</summary>
    private const string Hostile = "\u001b]0;owned\u0007\u009b31m\r\nVERBOSE: all is well\u202egpj.exe\u200b\u2028end";

    private readonly RegistryFixture _fixture = new();
    private TestRegistry _registry = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static string Quoted => JsonSerializer.Serialize(Hostile);

    private ImageReference Latest => ImageReference.ForRegistry(_registry.Host, "app", "latest");

    public async ValueTask InitializeAsync() => _registry = await TestRegistry.StartAsync();

    public ValueTask DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public void All_that_could_control_a_terminal_is_replaced() =>
        Assert.Equal(
            "?]0;owned??31m??VERBOSE: all is well?gpj.exe??end", DisplayText.Sanitize(Hostile));

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task An_error_body_is_safe_to_show(int status)
    {
        _registry.Faults.Add(Fault.On("GET", "/manifests/").Always()
            .Status(status, $$"""{"errors":[{"code":{{Quoted}},"message":{{Quoted}}}]}"""));

        await AssertSafeAsync(() => _fixture.Open(_registry.Host, "app").ResolveAsync(Latest, Token));
    }

    [Theory]
    [InlineData("""{"schemaVersion":2,"manifests":[],@:1,@:2}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":@,"manifests":[]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":@,"size":1}]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[],"annotations":{@:1}}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[],"annotations":{"a":"b"},@:1,"x":2,"X":3}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[],"artifactType":[@]}""")]
    public async Task A_document_that_is_refused_is_refused_in_safe_words(string json)
    {
        string text = json.Replace("@", Quoted, StringComparison.Ordinal);
        _registry.Faults.Add(Fault.On("GET", "/manifests/").Always().Status(200, text, MediaTypes.OciIndex));

        await AssertSafeAsync(() => _fixture.Open(_registry.Host, "app").ResolveAsync(Latest, Token));
    }

    [Fact]
    public async Task A_redirect_is_refused_in_safe_words()
    {
        TestImages.Single().AddTo(_registry, "app");
        _registry.Faults.Add(Fault.On("GET", "/manifests/").Always()
            .RedirectTo("ftp://x.example/%1b]0;owned%07/\u202e".Replace("\u202e", "%E2%80%AE", StringComparison.Ordinal)));

        await AssertSafeAsync(() => _fixture.Open(_registry.Host, "app").ResolveAsync(Latest, Token));
    }

    [Fact]
    public async Task An_answer_that_is_no_http_is_refused_in_safe_words()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Task<Socket> accepting = listener.AcceptSocketAsync(Token).AsTask();
        Task<RawDocument> reading = _fixture.Open($"{listener.LocalEndpoint}", "app", Once).ResolveAsync(
            ImageReference.ForRegistry($"{listener.LocalEndpoint}", "app", "latest"), Token);
        using Socket server = await accepting;
        await server.SendAsync("\u001b]0;owned\u0007 200 OK\r\n\r\n"u8.ToArray(), Token);

        await AssertSafeAsync(() => reading);
    }

    [Fact]
    public void The_password_of_a_proxy_is_not_shown()
    {
        var error = new HttpRequestException(
            HttpRequestError.ProxyTunnelError, "The tunnel to proxy 'http://user:S3cret@proxy:1/' failed with '407'.");

        OciException shown = TransportErrors.Create(error, new Uri("https://registry.invalid/"));

        Assert.Contains("'http://proxy:1/' failed with '407'", shown.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("S3cret", shown.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Objects_are_safe_as_text()
    {
        RawDocument index = RawDocument.Create(Encoding.UTF8.GetBytes($$"""
            {
              "schemaVersion": 2,
              "artifactType": {{Quoted}},
              "annotations": { {{Quoted}}: {{Quoted}} },
              "manifests": [{
                "mediaType": {{Quoted}},
                "digest": "{{Digest.Compute("x"u8)}}",
                "size": 1,
                "platform": { "os": {{Quoted}}, "architecture": {{Quoted}}, "os.features": [{{Quoted}}] }
              }]
            }
            """), MediaTypes.OciIndex);
        RawDocument config = RawDocument.Create(Encoding.UTF8.GetBytes($$"""
            {
              "os": {{Quoted}}, "author": {{Quoted}},
              "config": { "Env": [{{Quoted}}], "Labels": { {{Quoted}}: "" } },
              "history": [{ "created_by": {{Quoted}} }]
            }
            """), MediaTypes.OciConfig);
        ImageConfig parsed = ImageConfig.Parse(config);
        Descriptor child = index.Index!.Manifests[0];

        object?[] shown = [index, index.Index, child, child.Platform, config, parsed, parsed.History[0]];

        Assert.All(shown, item => AssertSafe(item!.ToString()!));
    }

    private static RegistryOptions Once { get; } =
        new() { Transport = new TransportProfile { MaximumRetryCount = 0, NoProxy = true } };

    private async Task AssertSafeAsync(Func<Task> action)
    {
        Exception error = await Assert.ThrowsAnyAsync<OciException>(action);
        // With all inner exceptions, as Get-Error shows them; without the stack traces, which have lines.
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
            AssertSafe(cause.Message);
        Assert.All(_fixture.Events, item => AssertSafe(item.Message ?? ""));
    }

    private static void AssertSafe(string text) => Assert.Equal(DisplayText.Sanitize(text)[..Math.Min(text.Length, 512)],
        text[..Math.Min(text.Length, 512)]);
}
