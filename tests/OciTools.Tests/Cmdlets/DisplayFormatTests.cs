namespace OciTools.Tests.Cmdlets;

public class DisplayFormatTests
{
    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 kB")]
    [InlineData(9949, "9.9 kB")]
    [InlineData(9950, "10 kB")]
    [InlineData(999_499, "999 kB")]
    [InlineData(999_500, "1.0 MB")]
    [InlineData(45_300_000, "45 MB")]
    [InlineData(1.5e18, "1.5 EB")]
    [InlineData(9e20, "900 EB")]
    public void Sizes_have_two_or_three_digits_and_a_unit(double bytes, string text) =>
        Assert.Equal(text, DisplayFormat.FormatSize(bytes));

    [Fact]
    public void Nothing_is_written_as_nothing()
    {
        Assert.Equal("", DisplayFormat.FormatSize(null));
        Assert.Equal("", DisplayFormat.FormatText(null));
        Assert.Equal("", DisplayFormat.FormatMap(null));
    }

    [Fact]
    public void Text_from_outside_cannot_control_the_terminal()
    {
        Assert.Equal("a?[2J\nb", DisplayFormat.FormatText(new[] { "a\u001b[2J", "b" }));
        Assert.Equal("k? = v?", DisplayFormat.FormatMap(new Dictionary<string, string> { ["k\u0007"] = "v\r" }));
    }
}
