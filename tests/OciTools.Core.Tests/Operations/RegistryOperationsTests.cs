using System.Net;
using OciTools.Http;
using OciTools.Operations;
using OciTools.Registry.Auth;
using OciTools.Testing;

namespace OciTools.Tests.Operations;

public sealed class RegistryOperationsTests
{
    private readonly OciSession _session = new(new HttpClientSource(), new CredentialEnvironment(_ =>
        null, Path.Combine(Path.GetTempPath(), Path.GetRandomFileName())));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(RegistryAuth.Basic)]
    [InlineData(RegistryAuth.Bearer)]
    public async Task Connecting_checks_the_password_and_later_operations_use_it(RegistryAuth auth)
    {
        await using TestRegistry registry = await TestRegistry.StartAsync(new TestRegistryOptions { Auth = auth });
        TestImages.Single().AddTo(registry, "app");
        var connect = new ConnectRegistryOperation(_session);

        OciException wrong = await Assert.ThrowsAnyAsync<OciException>(
            () => connect.RunAsync(registry.Host, new NetworkCredential("alice", "guess"), cancellationToken: Cancellation));
        OciException before = await Assert.ThrowsAnyAsync<OciException>(() => FirstTagAsync(registry));
        OciRegistry connected = await connect.RunAsync(
            registry.Host, new NetworkCredential("alice", "correct horse"), cancellationToken: Cancellation);

        Assert.Equal(OciErrorCode.AuthenticationFailed, wrong.Code);
        Assert.DoesNotContain("guess", wrong.ToString(), StringComparison.Ordinal);
        Assert.Equal(OciErrorCode.AuthenticationFailed, before.Code);
        Assert.Equal(("alice", auth.ToString(), true), (connected.UserName, connected.Authentication, connected.IsReachable));
        Assert.Equal("latest", await FirstTagAsync(registry));
    }

    [Fact]
    public async Task Disconnecting_forgets_credential_and_tokens()
    {
        await using TestRegistry registry =
            await TestRegistry.StartAsync(new TestRegistryOptions { Auth = RegistryAuth.Bearer });
        TestImages.Single().AddTo(registry, "app");
        var connect = new ConnectRegistryOperation(_session);
        await connect.RunAsync(registry.Host, new NetworkCredential("alice", "correct horse"), cancellationToken: Cancellation);
        await FirstTagAsync(registry);

        Assert.True(connect.Disconnect(registry.Host));

        Assert.False(connect.Disconnect(registry.Host));
        OciException after = await Assert.ThrowsAnyAsync<OciException>(() => FirstTagAsync(registry));
        Assert.Equal(OciErrorCode.AuthenticationFailed, after.Code);
    }

    [Fact]
    public async Task A_registry_is_told_with_how_it_authenticates_and_why_it_cannot_be_used()
    {
        await using TestRegistry open = await TestRegistry.StartAsync();
        await using TestRegistry closed =
            await TestRegistry.StartAsync(new TestRegistryOptions { Auth = RegistryAuth.Basic });
        var get = new GetRegistryOperation(_session);

        OciRegistry reachable = await get.RunAsync(open.Host, cancellationToken: Cancellation);
        OciRegistry refused = await get.RunAsync(closed.Host, cancellationToken: Cancellation);

        Assert.Equal((true, "None"), (reachable.IsReachable, reachable.Authentication));
        Assert.False(refused.IsReachable);
        Assert.Contains("Connect-OciRegistry", refused.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_session_tells_what_it_is_connected_to()
    {
        await using TestRegistry registry =
            await TestRegistry.StartAsync(new TestRegistryOptions { Auth = RegistryAuth.Basic });
        await new ConnectRegistryOperation(_session).RunAsync(
            registry.Host, new NetworkCredential("alice", "correct horse"), cancellationToken: Cancellation);

        OciRegistry known = Assert.Single(new GetRegistryOperation(_session).GetKnown());

        Assert.Equal(registry.Host, known.Registry);
        Assert.Equal(("alice", "this session"), (known.UserName, known.CredentialSource));
    }

    private async Task<string?> FirstTagAsync(TestRegistry registry)
    {
        ImageReference reference = ImageReference.Parse(registry.Reference("app"));
        await foreach (OciTag tag in new ListTagsOperation(_session).RunAsync(reference, cancellationToken: Cancellation))
            return tag.Name;
        return null;
    }
}
