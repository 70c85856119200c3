using OciTools.Comparing;

namespace OciTools.Tests.Comparing;

public sealed class SequenceMatchTests
{
    [Theory]
    [InlineData("abc", "abc", "aa bb cc")]
    [InlineData("abc", "xabc", "-x aa bb cc")]
    [InlineData("xabc", "abcx", "x- aa bb cc -x")]
    [InlineData("abcd", "axcd", "aa b- -x cc dd")]
    [InlineData("aab", "ab", "aa a- bb")]
    [InlineData("ab", "", "a- b-")]
    public void As_much_as_possible_is_in_both(string left, string right, string expected) =>
        Assert.Equal(expected, Align(left, right));

    [Fact]
    public void Very_long_lists_are_compared_as_far_as_they_begin_alike()
    {
        string same = new('s', 5);
        string[] pairs = Align(same + new string('a', 2000), same + new string('b', 2000)).Split(' ');

        Assert.Equal(Enumerable.Repeat("ss", 5), pairs[..5]);
        Assert.Equal(4005, pairs.Length);
    }

    private static string Align(string left, string right) => string.Join(
        ' ',
        SequenceMatch.Align([.. left.Select(item => $"{item}")], [.. right.Select(item => $"{item}")], item => item)
            .Select(pair => $"{pair.Left ?? "-"}{pair.Right ?? "-"}"));
}
