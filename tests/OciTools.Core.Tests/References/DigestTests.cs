using System.Text;

namespace OciTools.Tests.References;

public sealed class DigestTests
{
    private const string OfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    [Fact]
    public void A_digest_reads_back_what_it_writes()
    {
        Digest digest = Digest.Parse("sha256:" + OfNothing);

        Assert.Equal("sha256", digest.Algorithm);
        Assert.Equal(OfNothing, digest.Hex);
        Assert.Equal("e3b0c44298fc", digest.Short);
        Assert.Equal("sha256:" + OfNothing, digest.ToString());
        Assert.Equal(digest, Digest.Compute([]));
        Assert.Equal(digest.GetHashCode(), Digest.Compute([]).GetHashCode());
    }

    [Fact]
    public void Known_hashes_are_computed()
    {
        byte[] abc = Encoding.ASCII.GetBytes("abc");

        Assert.Equal(
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Digest.Compute(abc).ToString());
        Assert.Equal(
            "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            Digest.Compute(abc, Digest.Sha512).ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => Digest.Compute(abc, "md5"));
    }

    [Fact]
    public void The_incremental_hash_gives_the_same_digest()
    {
        Digest whole = Digest.Compute("content"u8, Digest.Sha512);
        using var hash = whole.CreateHash();
        hash.AppendData("con"u8);
        hash.AppendData("tent"u8);

        Assert.Equal(whole, Digest.FromHash(Digest.Sha512, hash.GetHashAndReset()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("sha256")]
    [InlineData("sha256:")]
    [InlineData(OfNothing)]
    [InlineData("sha256:" + OfNothing + "0")]
    [InlineData("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b85")]
    [InlineData("sha256:E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855")]
    [InlineData("sha256:../../../../../../../../../../../../../../../../../../../../../../")]
    [InlineData("sha256:g3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("SHA256:" + OfNothing)]
    [InlineData("sha512:" + OfNothing)]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData(" sha256:" + OfNothing)]
    [InlineData("sha256:" + OfNothing + "\n")]
    public void What_is_no_digest_is_refused(string text)
    {
        var exception = Assert.Throws<FormatException>(() => Digest.Parse(text));

        Assert.Contains("is not a digest: ", exception.Message, StringComparison.Ordinal);
        Assert.False(Digest.TryParse(text, out Digest? digest));
        Assert.Null(digest);
    }

    [Fact]
    public void Algorithm_and_hash_count_for_equality()
    {
        Assert.NotEqual(Digest.Compute([]), Digest.Compute([], Digest.Sha512));
        Assert.NotEqual(Digest.Compute([]), Digest.Compute([1]));
        Assert.False(Digest.Compute([]).Equals(null));
        Assert.False(Digest.TryParse(null, out _));
    }
}
