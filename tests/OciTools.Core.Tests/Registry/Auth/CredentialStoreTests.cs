using System.Net;
using OciTools.Registry.Auth;

namespace OciTools.Tests.Registry.Auth;

public sealed class CredentialStoreTests
{
    private readonly CredentialStore _store = new();

    [Fact]
    public void The_last_credential_of_a_registry_counts()
    {
        _store.Set("ghcr.io", new NetworkCredential("alice", "old"));
        _store.Set("GHCR.io", new NetworkCredential("bob", "new"));
        RegistryCredential found = _store.Find("ghcr.io")!;
        Assert.Equal(("bob", "new", "this session"), (found.UserName, found.Password, found.Source));
    }

    [Fact]
    public void A_removed_credential_is_gone()
    {
        _store.Set("docker.io", new NetworkCredential("alice", "secret"));
        Assert.True(_store.Remove("index.docker.io"));
        Assert.False(_store.Remove("docker.io"));
        Assert.Null(_store.Find("docker.io"));
    }

    [Fact]
    public void The_list_names_registries_and_users_and_no_secrets()
    {
        _store.Set("https://index.docker.io/v1/", new NetworkCredential("alice", "secret"));
        _store.SetIdentityToken("a.example:5000", "secret");
        Assert.Equal([new RegistryLogin("a.example:5000", ""), new RegistryLogin("docker.io", "alice")], _store.List());
        Assert.DoesNotContain("secret", _store.List()[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_user_name_token_means_an_identity_token()
    {
        _store.Set("ghcr.io", new NetworkCredential("<token>", "identity"));
        RegistryCredential found = _store.Find("ghcr.io")!;
        Assert.Equal("identity", found.IdentityToken);
        Assert.Null(found.ToBasicHeader());
    }

    [Fact]
    public void A_credential_never_shows_its_secrets()
    {
        string[] shown =
        [
            RegistryCredential.FromPassword("alice", "secret", "here").ToString(),
            RegistryCredential.FromIdentityToken("secret", "here").ToString(),
            RegistryCredential.FromRegistryToken("secret", "here").ToString(),
        ];
        Assert.All(shown, text => Assert.Equal("the credentials from here", text));
    }

    [Fact]
    public void Basic_is_written_in_utf_8() =>
        Assert.Equal(
            "Basic " + CredentialPlaces.Auth("jürgen", "pa:ß"),
            RegistryCredential.FromPassword("jürgen", "pa:ß", "here").ToBasicHeader()!.ToString());
}
