using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

/// <summary>Layers that are damaged, and limits.</summary>
public sealed class BadInputTests
{
    [Fact]
    public async Task A_truncated_layer_fails_with_one_error_that_names_the_entry()
    {
        byte[] tar = await Large().BuildAsync();
        using LayeredImage image = LayeredImage.Create([tar[..^600_000]]);

        OciException exception = await image.FailAsync();

        Assert.Contains("large", exception.Message, StringComparison.Ordinal);
        Assert.Contains("only partly written and not to be trusted", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_truncated_gzip_fails_with_one_error_that_names_the_entry()
    {
        byte[] tar = await Large().BuildAsync();
        using LayeredImage image = LayeredImage.Create([tar], pack: bytes => LayeredImage.Gzip(bytes)[..^100_000]);

        OciException exception = await image.FailAsync(OciErrorCode.ContentMismatch);

        Assert.Contains("at the entry 'large'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("not to be trusted", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_layer_that_is_of_another_format_is_named_as_that()
    {
        const string MediaType = "application/vnd.oci.image.layer.nydus.blob.v1";
        byte[] blob = new byte[5000];
        new Random(1).NextBytes(blob);
        using LayeredImage image =
            LayeredImage.Create([await Large().BuildAsync(), blob], pack: bytes => bytes, layerType: MediaType);

        OciException exception = await image.FailAsync(OciErrorCode.NotSupported);

        Assert.Contains($"is no layer of files, but {MediaType}", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Layer 2 of 2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_layer_with_another_diff_id_is_not_to_be_trusted()
    {
        byte[] tar = await Large().BuildAsync();
        using LayeredImage image = LayeredImage.Create([tar], config =>
            config["rootfs"]!["diff_ids"]![0] = Digest.Compute("other"u8).ToString());

        OciException exception = await image.FailAsync(OciErrorCode.ContentMismatch);

        Assert.Contains("not to be trusted", exception.Message, StringComparison.Ordinal);
        Assert.True(File.Exists(image.Target + ".incomplete"));
    }

    [Fact]
    public async Task A_small_layer_is_verified_before_anything_is_written()
    {
        byte[] tar = await new LayerBuilder().File("a").BuildAsync();
        using LayeredImage image = LayeredImage.Create([tar], config =>
            config["rootfs"]!["diff_ids"]![0] = Digest.Compute("other"u8).ToString());

        OciException exception = await image.FailAsync(OciErrorCode.ContentMismatch);

        Assert.Contains("Nothing was written", exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(image.Target));
    }

    [Fact]
    public async Task A_blob_with_another_digest_is_not_to_be_trusted()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(Large());
        string blob = Directory.GetFiles(Path.Combine(image.Layout, "blobs", "sha256")).MaxBy(
            path => new FileInfo(path).Length)!;
        byte[] bytes = await File.ReadAllBytesAsync(blob, TestContext.Current.CancellationToken);
        bytes[9] ^= 1; // the operating system in the header of gzip, which changes nothing else
        await File.WriteAllBytesAsync(blob, bytes, TestContext.Current.CancellationToken);

        OciException exception = await image.FailAsync(OciErrorCode.ContentMismatch);

        Assert.Contains("not to be trusted", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_tar_leaves_no_folder()
    {
        using LayeredImage image = LayeredImage.Create(["This is no tar, but it is long enough."u8.ToArray()]);

        OciException exception = await image.FailAsync();

        Assert.Contains("Nothing was written", exception.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(image.Target));
        Assert.False(File.Exists(image.Target + ".incomplete"));
    }

    [Fact]
    public async Task A_config_with_other_layers_than_the_manifest_is_refused()
    {
        byte[] tar = await new LayerBuilder().File("a").BuildAsync();
        using LayeredImage image = LayeredImage.Create(
            [tar], config => config["rootfs"]!["diff_ids"]!.AsArray().Clear());

        await image.FailAsync(OciErrorCode.ManifestInvalid);

        Assert.False(Directory.Exists(image.Target));
    }

    [Fact]
    public async Task An_entry_in_a_file_is_refused()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File("a").File("a/b"));

        Assert.Contains("'a', which is no folder", (await image.FailAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_no_file_system_takes_is_an_error_that_names_it()
    {
        string name = new('x', 300);
        using LayeredImage image = await LayeredImage.CreateAsync(new LayerBuilder().File(name));

        OciException exception = await image.FailAsync(OciErrorCode.WriteFailed);

        Assert.Contains(name, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_size_of_all_files_has_a_limit() => await FailAtLimitAsync(
        new LayerBuilder().File("a", new string('a', 600)).File("b", new string('b', 600)),
        new ExpandLimits { MaximumSize = 1000 },
        "'b' brings the image to 1200 bytes, more than the limit of 1000. Raise MaximumSize only");

    [Fact]
    public async Task The_size_of_one_file_has_a_limit() => await FailAtLimitAsync(
        new LayerBuilder().File("a", "1").File("b", "12345"),
        new ExpandLimits { MaximumFileSize = 4 },
        "'b' has 5 bytes, more than the limit of 4 for one file. Raise MaximumFileSize only");

    [Fact]
    public async Task The_number_of_entries_has_a_limit() => await FailAtLimitAsync(
        new LayerBuilder().File("a").File("b").File("c"),
        new ExpandLimits { MaximumEntryCount = 2 },
        "'c' is one more than the limit of 2 entries. Raise MaximumEntryCount only");

    [Fact]
    public async Task The_size_of_all_names_links_and_attributes_has_a_limit() => await FailAtLimitAsync(
        new LayerBuilder().Link("a", new string('x', 90)).Link("b", new string('x', 90)),
        new ExpandLimits { MaximumMetadataSize = 100 },
        "take more than 100 bytes");

    [Fact]
    public async Task The_depth_of_paths_has_a_limit() => await FailAtLimitAsync(
        new LayerBuilder().File("a/b").File("a/b2/c"),
        new ExpandLimits { MaximumDepth = 2 },
        "'a/b2/c' lies deeper than 2 folders. Raise MaximumDepth only");

    [Fact]
    public async Task The_ratio_of_expansion_has_a_limit()
    {
        // Beyond the first GiB of a layer, which is free: a file of 1.5 GiB of zeros, as gzip packs them.
        const long Size = (1L << 30) + (1L << 29);
        using var packed = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(
            packed, System.IO.Compression.CompressionLevel.Fastest, true))
        {
            gzip.Write(new TarBlocks().Header("bomb", size: Size).ToArray());
            byte[] zeros = new byte[1 << 20];
            for (long written = 0; written < Size; written += zeros.Length)
                gzip.Write(zeros);
        }

        using LayeredImage image = LayeredImage.Create([[]], pack: _ => packed.ToArray());

        OciException exception = await image.FailAsync(
            OciErrorCode.LimitExceeded, request => request with { Limits = new ExpandLimits { MaximumRatio = 100 } });

        Assert.Contains("at the entry 'bomb'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Raise MaximumRatio only", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sparse_file_of_nothing_but_holes_counts_with_its_size()
    {
        using LayeredImage image = LayeredImage.Create(
        [
            new TarBlocks()
                .Pax("GNU.sparse.major=1", "GNU.sparse.minor=0", "GNU.sparse.name=holes",
                    "GNU.sparse.realsize=1099511627776")
                .Header("holes", size: 512).Data("0\n").End(),
        ]);

        OciException exception = await image.FailAsync(OciErrorCode.LimitExceeded);

        Assert.Contains("'holes' has 1099511627776 bytes", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_ends_the_work()
    {
        using LayeredImage image = await LayeredImage.CreateAsync(
            new LayerBuilder().File("a"), new LayerBuilder().File("b"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var target = new StoppingTarget(stop);
        var source = OciTools.Layout.LayoutStore.Open(image.Layout);
        OciManifest manifest =
            await OciTools.Operations.SingleImage.FindAsync(source, image.Reference, platform: null, stop.Token);
        ImageContent content = await ImageContent.ReadAsync(source, manifest, stop.Token);
        var run = new LayerRun(
            content, (layer, token) => source.OpenBlobAsync(layer, 0, token), ExpandLimits.Default, null);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run.ApplyAsync(target, () => "", stop.Token));

        Assert.Equal(1, run.Entries);
    }

    private static LayerBuilder Large()
    {
        char[] noise = new char[1_000_000];
        var random = new Random(1);
        for (int i = 0; i < noise.Length; i++)
            noise[i] = (char)random.Next('0', 'z');
        return new LayerBuilder().File("small").File("large", new string(noise)).File("after");
    }

    private static async Task FailAtLimitAsync(LayerBuilder layer, ExpandLimits limits, string words)
    {
        using LayeredImage image = await LayeredImage.CreateAsync(layer);

        OciException exception = await image.FailAsync(
            OciErrorCode.LimitExceeded, request => request with { Limits = limits });

        Assert.Contains(words, exception.Message, StringComparison.Ordinal);
    }

    private sealed class StoppingTarget(CancellationTokenSource stop) : ILayerTarget
    {
        public ValueTask BeginLayerAsync(int layer, CancellationToken cancellationToken) => default;

        public ValueTask ApplyAsync(TarEntry entry, EntryPath path, CancellationToken cancellationToken)
        {
            stop.Cancel();
            cancellationToken.ThrowIfCancellationRequested();
            return default;
        }

        public ValueTask RemoveAsync(EntryPath path, CancellationToken cancellationToken) => default;

        public ValueTask ClearAsync(EntryPath path, CancellationToken cancellationToken) => default;

        public ValueTask EndLayerAsync(CancellationToken cancellationToken) => default;
    }
}
