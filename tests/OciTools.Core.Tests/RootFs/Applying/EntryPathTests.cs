using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

public sealed class EntryPathTests
{
    [Theory]
    [InlineData("a", "a", "", "a", 1)]
    [InlineData("a/b/c", "a/b/c", "a/b", "c", 3)]
    [InlineData("./a/b/", "a/b", "a", "b", 2)]
    [InlineData("/a//b/./c//", "a/b/c", "a/b", "c", 3)]
    [InlineData(".//a", "a", "", "a", 1)]
    [InlineData(".a/..b", ".a/..b", ".a", "..b", 2)]
    public void A_path_has_its_plain_form(string name, string value, string parent, string last, int depth)
    {
        var path = EntryPath.Parse(name);

        Assert.Equal(value, path.Value);
        Assert.Equal(parent, path.Parent.ToString());
        Assert.Equal(last, path.Name);
        Assert.Equal(depth, path.Depth);
        Assert.False(path.IsRoot);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("./")]
    [InlineData("/")]
    [InlineData("//././/")]
    public void The_root_has_many_names(string name)
    {
        var path = EntryPath.Parse(name);

        Assert.True(path.IsRoot);
        Assert.Equal("", path.Value);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("a/..")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("./..")]
    [InlineData("a\0b")]
    public void What_climbs_up_is_refused(string name) => Assert.Throws<FormatException>(() => EntryPath.Parse(name));
}
