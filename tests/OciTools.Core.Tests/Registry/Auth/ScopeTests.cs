using OciTools.Registry.Auth;

namespace OciTools.Tests.Registry.Auth;

public sealed class ScopeTests
{
    [Theory]
    [InlineData((int)RegistryAccess.Pull, "repository:a/b:pull")]
    [InlineData((int)RegistryAccess.Push, "repository:a/b:pull,push")]
    [InlineData((int)RegistryAccess.Delete, "repository:a/b:delete")]
    [InlineData((int)(RegistryAccess.Pull | RegistryAccess.Delete), "repository:a/b:pull,delete")]
    [InlineData((int)(RegistryAccess.Push | RegistryAccess.Delete), "repository:a/b:pull,push,delete")]
    public void A_scope_is_written_as_token_services_read_it(int access, string expected) =>
        Assert.Equal(expected, new RegistryScope("a/b", (RegistryAccess)access).ToString());

    [Fact]
    public void The_catalog_has_a_scope_of_its_own() =>
        Assert.Equal("registry:catalog:*", RegistryScope.Catalog.ToString());

    [Theory]
    [InlineData("repository:a:pull", "repository:a:pull", true)]
    [InlineData("repository:a:pull,push", "repository:a:pull", true)]
    [InlineData("repository:a:push,pull", "repository:a:pull,push", true)]
    [InlineData("repository:a:*", "repository:a:pull,push", true)]
    [InlineData("repository:a:pull repository:b:pull", "repository:b:pull", true)]
    [InlineData("repository:a:pull", "", true)]
    [InlineData("", "", true)]
    [InlineData("aws", "aws", true)]
    [InlineData("repository:a:pull", "repository:a:pull,push", false)]
    [InlineData("repository:a:pull", "repository:b:pull", false)]
    [InlineData("repository:a:pull", "repository:A:pull", false)]
    [InlineData("repository:a:pull", "repository(plugin):a:pull", false)]
    [InlineData("repository:a:pull", "repository:a:pull registry:catalog:*", false)]
    [InlineData("repository:a:pull", "repository:a:*", false)]
    [InlineData("", "repository:a:pull", false)]
    [InlineData("aws", "repository:a:pull", false)]
    public void A_set_covers_what_it_holds(string held, string wanted, bool covered) =>
        Assert.Equal(covered, ScopeSet.Parse(held).Covers(ScopeSet.Parse(wanted)));

    [Theory]
    [InlineData("repository:a:pull", "repository:a:push", "repository:a:pull,push")]
    [InlineData("repository:b:pull", "repository:a:pull", "repository:a:pull repository:b:pull")]
    [InlineData("repository:a:pull", "", "repository:a:pull")]
    [InlineData("aws", "repository:a:pull", "aws repository:a:pull")]
    [InlineData("repository:host:5000/a:pull", "repository:host:5000/a:push", "repository:host:5000/a:pull,push")]
    public void A_union_names_each_resource_once(string one, string other, string expected)
    {
        Assert.Equal(expected, ScopeSet.Parse(one).Union(ScopeSet.Parse(other)).ToString());
        Assert.Equal(expected, ScopeSet.Parse(other).Union(ScopeSet.Parse(one)).ToString());
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("repository:a/b:pull", "a/b (pull)")]
    [InlineData("repository:b:push repository:a:pull,push aws", "aws and a (pull, push) and b (push)")]
    [InlineData("registry:catalog:*", "registry:catalog (*)")]
    public void A_set_can_be_told_in_words(string scopes, string words) =>
        Assert.Equal(words, ScopeSet.Parse(scopes).Describe());

    [Fact]
    public void The_text_of_equal_sets_is_equal() =>
        Assert.Equal(
            ScopeSet.Of([new("b", RegistryAccess.Push), new("a", RegistryAccess.Pull), new("b", RegistryAccess.Pull)])
                .ToString(),
            ScopeSet.Parse("repository:a:pull  repository:b:push repository:b:pull").ToString());
}
