using System.Text;
using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

public sealed class XxHash64Tests
{
    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1)]
    public void Hashes_as_published(string text, ulong hash)
    {
        var hasher = new XxHash64();
        hasher.Append(Encoding.ASCII.GetBytes(text));

        Assert.Equal(hash, hasher.GetHash());
    }

    [Fact]
    public void Pieces_make_the_same_hash_as_the_whole()
    {
        byte[] content = ZstdFrames.MakeText(30);
        var whole = new XxHash64();
        whole.Append(content);
        for (int piece = 1; piece < 100; piece++)
        {
            var pieces = new XxHash64();
            foreach (byte[] part in content.Chunk(piece))
                pieces.Append(part);
            Assert.Equal(whole.GetHash(), pieces.GetHash());
        }
    }
}
