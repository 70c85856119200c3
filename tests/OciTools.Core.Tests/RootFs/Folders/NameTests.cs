using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

/// <summary>Names on disks that do not take all names.</summary>
public sealed class NameTests
{
    [Theory]
    [InlineData("plain.txt", "plain.txt")]
    [InlineData("a:b", "a%3Ab")]
    [InlineData(@"system-a\x2db.slice", "system-a%5Cx2db.slice")]
    [InlineData("what?", "what%3F")]
    [InlineData("<\"|*>", "%3C%22%7C%2A%3E")]
    [InlineData("dot.", "dot%2E")]
    [InlineData("dots..", "dots.%2E")]
    [InlineData("space ", "space%20")]
    [InlineData(" space", " space")]
    [InlineData("tab\t", "tab%09")]
    [InlineData("con", "%63on")]
    [InlineData("NUL.txt", "%4EUL.txt")]
    [InlineData("aux.tar.gz", "%61ux.tar.gz")]
    [InlineData("com1", "%63om1")]
    [InlineData("LPT¹", "%4CPT¹")]
    [InlineData("con .x", "%63on .x")]
    [InlineData("console", "console")]
    [InlineData("com10", "com10")]
    [InlineData("100%", "100%")]
    [InlineData("a%3Ab", "a%253Ab")]
    [InlineData("smile😀", "smile😀")]
    public void Windows_gets_a_name_that_it_takes(string name, string expected) =>
        Assert.Equal(expected, WindowsNames.Map(name));

    [Fact]
    public void Windows_gets_bytes_that_are_no_text_as_numbers() =>
        Assert.Equal("a%E9b", WindowsNames.Map(TarText.Decode([(byte)'a', 0xE9, (byte)'b'])));

    [Fact]
    public void Names_that_are_too_long_are_cut_and_stay_different()
    {
        string name = new('x', 254);

        string first = WindowsNames.Map(name + "?1");
        string second = WindowsNames.Map(name + "?2");

        Assert.True(first.Length <= 255);
        Assert.NotEqual(first, second);
        Assert.Equal(first, WindowsNames.Map(name + "?1"));
    }

    [Fact]
    public void Names_that_differ_in_case_get_numbers()
    {
        var names = new MappedNames(WindowsNames.Map);

        Assert.Equal("Makefile", names.Get("", "Makefile"));
        Assert.Equal("makefile%~2", names.Get("", "makefile"));
        Assert.Equal("MAKEFILE%~3", names.Get("", "MAKEFILE"));
        Assert.Equal("makefile%~2", names.Get("", "makefile"));
        Assert.Equal("makefile%~2", names.Find("", "makefile"));
        Assert.Null(names.Find("", "MakeFile"));
        Assert.Equal("makefile", names.FromStored("", "makefile%~2"));
    }

    [Fact]
    public void Names_in_folders_that_differ_in_case_are_apart()
    {
        var names = new MappedNames(name => name);
        names.Get("", "d");
        names.Get("", "D");

        Assert.Equal("x", names.Get("d", "x"));
        Assert.Equal("X", names.Get("D", "X"));
    }

    [Fact]
    public void A_name_that_was_removed_is_free()
    {
        var names = new MappedNames(name => name);
        names.Get("", "d");
        names.Get("d", "x");

        names.Forget("", "d");

        Assert.Null(names.Find("", "d"));
        Assert.Equal("D", names.Get("", "D"));
        Assert.Null(names.Find("D", "x"));
    }

    [Fact]
    public void A_name_that_looks_like_a_number_of_another_is_kept_apart()
    {
        var names = new MappedNames(name => name);
        names.Get("", "a");

        Assert.Equal("A%~2", names.Get("", "A"));
        Assert.Equal("a%~2%~2", names.Get("", "a%~2"));
    }

    [Fact]
    public void Forms_of_unicode_that_macos_takes_for_the_same_are_kept_apart()
    {
        Assert.SkipUnless("e\u0301".Normalize() == "é", "This system does not know the forms of Unicode.");
        var names = new MappedNames(name => name);
        names.Get("", "é");

        Assert.NotEqual("e\u0301", names.Get("", "e\u0301"));
    }
}
