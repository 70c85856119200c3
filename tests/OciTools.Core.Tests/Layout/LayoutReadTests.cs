using System.Text;
using OciTools.Layout;
using OciTools.Tests.Transfer;

namespace OciTools.Tests.Layout;

public sealed class LayoutReadTests : IDisposable
{
    private const string Name = "org.opencontainers.image.ref.name";

    private readonly LayoutFixture _layout = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _layout.Dispose();

    [Fact]
    public void A_folder_without_an_oci_layout_file_is_no_layout()
    {
        Directory.CreateDirectory(_layout.Root);
        File.WriteAllText(_layout.IndexPath, """{"schemaVersion":2,"manifests":[]}""");

        var exception = Assert.Throws<OciException>(() => LayoutStore.Open(_layout.Root));

        Assert.Equal(OciErrorCode.LayoutNotFound, exception.Code);
        Assert.Contains(_layout.Root, exception.Message, StringComparison.Ordinal);
        Assert.Single(Directory.EnumerateFileSystemEntries(_layout.Root));
    }

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"imageLayoutVersion":1}""")]
    [InlineData("""{"imageLayoutVersion":"2.0.0"}""")]
    public void A_malformed_oci_layout_file_is_an_error(string marker)
    {
        _layout.WriteLayout("""{"schemaVersion":2,"manifests":[]}""", marker);

        var exception = Assert.Throws<OciException>(() => LayoutStore.Open(_layout.Root));

        Assert.Equal(OciErrorCode.LayoutInvalid, exception.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"schemaVersion":1,"manifests":[]}""")]
    [InlineData("""{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","manifests":[]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":{}}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[1]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"sha256:../../x","size":1}]}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[],"manifests":[]}""")]
    public void A_malformed_index_is_an_error(string index)
    {
        _layout.WriteLayout(index);

        var exception = Assert.Throws<OciException>(() => LayoutStore.Open(_layout.Root));

        Assert.Equal(OciErrorCode.LayoutInvalid, exception.Code);
        Assert.Contains("index.json", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_layout_without_its_index_is_an_error()
    {
        _layout.WriteLayout("");
        File.Delete(_layout.IndexPath);

        Assert.Equal(
            OciErrorCode.LayoutInvalid, Assert.Throws<OciException>(() => LayoutStore.Open(_layout.Root)).Code);
    }

    [Theory]
    [InlineData("""{"schemaVersion":2}""")]
    [InlineData("""{"schemaVersion":2,"manifests":null}""")]
    [InlineData("""{"schemaVersion":2,"manifests":[]}""")]
    public async Task An_empty_layout_holds_nothing(string index)
    {
        _layout.WriteLayout(index);
        await using var store = LayoutStore.Open(_layout.Root);

        Assert.Null(await store.FindAsync(_layout.Reference(), Cancellation));
        var exception = await Assert.ThrowsAsync<OciException>(
            () => store.ResolveAsync(_layout.Reference("v1"), Cancellation));

        Assert.Equal(OciErrorCode.ManifestNotFound, exception.Code);
    }

    [Fact]
    public async Task An_image_is_found_by_name_by_digest_and_as_the_only_one()
    {
        Descriptor image = AddImage("linux/amd64", "v1");
        WriteIndex((image, "v1"));
        await using var store = LayoutStore.Open(_layout.Root);

        foreach (ImageReference reference in (ImageReference[])
            [_layout.Reference("v1"), _layout.Reference(digest: image.Digest), _layout.Reference()])
        {
            Assert.Equal(image.Digest, (await store.FindAsync(reference, Cancellation))!.Digest);
            RawDocument document = await store.ResolveAsync(reference, Cancellation);
            Assert.Equal(_layout.Source.Blobs[image.Digest], document.Bytes.ToArray());
        }

        Assert.Null(await store.FindAsync(_layout.Reference("v2"), Cancellation));
    }

    [Fact]
    public async Task The_full_name_that_containerd_writes_is_found()
    {
        Descriptor image = AddImage("linux/amd64", "a");
        WriteEntries(Entry(image, ("io.containerd.image.name", "docker.io/library/a:v1"), (Name, "v1")));
        await using var store = LayoutStore.Open(_layout.Root);

        Descriptor? found = await store.FindAsync(_layout.Reference("docker.io/library/a:v1"), Cancellation);

        Assert.Equal(image.Digest, found!.Digest);
    }

    [Fact]
    public async Task Without_a_name_several_images_are_an_error_that_lists_the_names()
    {
        WriteIndex((AddImage("linux/amd64", "a"), "one"), (AddImage("linux/amd64", "b"), "two\u001b[31m"));
        await using var store = LayoutStore.Open(_layout.Root);

        Assert.Null(await store.FindAsync(_layout.Reference(), Cancellation));
        var exception = await Assert.ThrowsAsync<OciException>(
            () => store.ResolveAsync(_layout.Reference(), Cancellation));

        Assert.Equal(OciErrorCode.ManifestNotFound, exception.Code);
        Assert.Contains("'one', 'two?[31m'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_beside_an_image_does_not_make_it_two_images()
    {
        Descriptor image = AddImage("linux/amd64", "a");
        Descriptor signature = AddImage("linux/amd64", "b");
        WriteEntries(
            Entry(image, (Name, "v1")),
            Entry(signature).Replace("\"size\"", "\"artifactType\":\"a/sig\",\"size\"", StringComparison.Ordinal));
        await using var store = LayoutStore.Open(_layout.Root);

        Assert.Equal(image.Digest, (await store.FindAsync(_layout.Reference(), Cancellation))!.Digest);
    }

    [Fact]
    public async Task A_child_that_only_a_nested_index_lists_is_found_by_digest()
    {
        Descriptor child = AddImage("linux/arm64", "a");
        Descriptor inner = AddIndex(child);
        WriteIndex((AddIndex(inner), "v1"));
        await using var store = LayoutStore.Open(_layout.Root);

        Descriptor? found = await store.FindAsync(_layout.Reference(digest: child.Digest), Cancellation);

        Assert.Equal(child.Digest, found!.Digest);
        Assert.Equal(child.Size, found.Size);
        Assert.Equal(MediaTypes.OciManifest, found.MediaType);
    }

    [Fact]
    public async Task A_layer_is_not_found_as_an_image()
    {
        Descriptor layer = _layout.Source.AddLayer("layer");
        WriteIndex();
        _layout.WriteBlob(layer);
        await using var store = LayoutStore.Open(_layout.Root);

        Assert.Null(await store.FindAsync(_layout.Reference(digest: layer.Digest), Cancellation));
    }

    [Fact]
    public async Task Platforms_under_one_name_read_as_an_index_of_them()
    {
        Descriptor first = AddImage("linux/amd64", "a");
        Descriptor second = AddImage("linux/arm64", "b");
        WriteIndex((first, "v1"), (AddImage("linux/amd64", "other"), "v2"), (second, "v1"));
        await using var store = LayoutStore.Open(_layout.Root);

        RawDocument document = await store.ResolveAsync(_layout.Reference("v1"), Cancellation);

        Assert.Equal([first.Digest, second.Digest], document.Children.Select(child => child.Digest));
        Assert.Equal(["linux/amd64", "linux/arm64"], document.Children.Select(child => $"{child.Platform}"));
        Assert.All(document.Children, child => Assert.Empty(child.Annotations));
        Assert.Equal(document.Digest, (await store.FindAsync(_layout.Reference("v1"), Cancellation))!.Digest);
        RawDocument again = await store.ResolveAsync(_layout.Reference(digest: document.Digest), Cancellation);
        Assert.Equal(document.Bytes.ToArray(), again.Bytes.ToArray());
        Assert.Equal(["v1", "v2"], await TagsAsync(store));
    }

    [Fact]
    public async Task Of_entries_that_share_a_name_without_platforms_the_last_counts()
    {
        Descriptor last = AddImage("linux/amd64", "b") with { Platform = null };
        WriteIndex((AddImage("linux/amd64", "a"), "v1"), (last, "v1"));
        await using var store = LayoutStore.Open(_layout.Root);

        Assert.Equal(last.Digest, (await store.FindAsync(_layout.Reference("v1"), Cancellation))!.Digest);
    }

    [Fact]
    public async Task What_is_listed_but_not_there_is_an_error_that_names_the_digest()
    {
        Descriptor image = _layout.Source.AddImage("linux/amd64", [_layout.Source.AddLayer("a")]);
        RawDocument document = await _layout.Source.ReadDocumentAsync(image, Cancellation);
        WriteIndex((image, "v1"));
        await using var store = LayoutStore.Open(_layout.Root);

        var missingManifest = await Assert.ThrowsAsync<OciException>(
            () => store.ResolveAsync(_layout.Reference("v1"), Cancellation));
        var missingBlob = await Assert.ThrowsAsync<OciException>(
            () => store.OpenBlobAsync(document.Children[1], 0, Cancellation));

        Assert.Equal(OciErrorCode.ManifestNotFound, missingManifest.Code);
        Assert.Equal(OciErrorCode.BlobNotFound, missingBlob.Code);
        Assert.Contains(document.Children[1].Digest.Hex, missingBlob.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_document_is_refused()
    {
        Descriptor image = AddImage("linux/amd64", "a");
        WriteIndex((image, "v1"));
        byte[] bytes = File.ReadAllBytes(_layout.BlobPath(image.Digest));
        bytes[^1] ^= 1;
        File.WriteAllBytes(_layout.BlobPath(image.Digest), bytes);
        await using var store = LayoutStore.Open(_layout.Root);

        var exception = await Assert.ThrowsAsync<OciException>(
            () => store.ResolveAsync(_layout.Reference("v1"), Cancellation));

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
    }

    [Fact]
    public async Task A_blob_is_read_from_an_offset()
    {
        Descriptor layer = _layout.Source.AddLayer("0123456789");
        WriteIndex();
        _layout.WriteBlob(layer);
        await using var store = LayoutStore.Open(_layout.Root);

        await using Stream stream = await store.OpenBlobAsync(layer, 4, Cancellation);

        Assert.Equal("456789", await new StreamReader(stream).ReadToEndAsync(Cancellation));
    }

    [Fact]
    public async Task A_blob_that_was_cut_short_is_not_opened()
    {
        Descriptor layer = _layout.Source.AddLayer("0123456789");
        WriteIndex();
        _layout.WriteBlob(layer);
        File.WriteAllText(_layout.BlobPath(layer.Digest), "01234");
        await using var store = LayoutStore.Open(_layout.Root);

        var exception = await Assert.ThrowsAnyAsync<OciException>(() => store.OpenBlobAsync(layer, 0, Cancellation));

        Assert.Equal(OciErrorCode.ContentMismatch, exception.Code);
    }

    [Fact]
    public async Task A_blob_that_is_a_link_is_refused_even_if_its_content_is_right()
    {
        Descriptor layer = _layout.Source.AddLayer("0123456789");
        WriteIndex();
        string outside = Path.Combine(_layout.Root, "outside");
        File.WriteAllText(outside, "0123456789");
        File.CreateSymbolicLink(_layout.BlobPath(layer.Digest), outside);
        await using var store = LayoutStore.Open(_layout.Root);

        var opened = await Assert.ThrowsAsync<OciException>(() => store.OpenBlobAsync(layer, 0, Cancellation));

        Assert.Equal(OciErrorCode.LayoutInvalid, opened.Code);
    }

    [Fact]
    public async Task Referrers_come_from_entries_from_nested_indexes_and_from_the_fallback_tag()
    {
        Descriptor subject = AddImage("linux/amd64", "a");
        Descriptor listed = Attach(subject, "a/listed");
        Descriptor nested = Attach(subject, "a/nested");
        Descriptor fallback = Attach(subject, "a/fallback") with { ArtifactType = "a/fallback" };
        Descriptor other = Attach(listed, "a/other");
        WriteIndex(
            (subject, "v1"),
            (listed, null),
            (other, null),
            (AddIndex(nested), "v2"),
            (AddIndex(fallback), $"sha256-{subject.Digest.Hex}"));
        await using var store = LayoutStore.Open(_layout.Root);

        IReadOnlyList<Descriptor> referrers = await store.ListReferrersAsync(subject.Digest, Cancellation);

        Assert.Equal(
            new[] { listed.Digest, nested.Digest, fallback.Digest }.OrderBy(digest => digest.Hex),
            referrers.Select(referrer => referrer.Digest).OrderBy(digest => digest.Hex));
        Descriptor found = referrers.Single(referrer => referrer.Digest.Equals(listed.Digest));
        Assert.Equal("a/listed", found.ArtifactType);
        Assert.Equal("yes", found.Annotations["note"]);
        Assert.Equal(listed.Size, found.Size);
        Assert.Empty(await store.ListReferrersAsync(nested.Digest, Cancellation));
    }

    [Fact]
    public async Task A_referrer_without_artifact_type_has_the_type_of_its_config()
    {
        Descriptor subject = AddImage("linux/amd64", "a");
        Descriptor referrer = _layout.Source.AddImage("linux/amd64", [], subject: subject);
        _layout.WriteBlob(referrer);
        WriteIndex((subject, "v1"), (referrer with { Platform = null }, null));
        await using var store = LayoutStore.Open(_layout.Root);

        Descriptor found = Assert.Single(await store.ListReferrersAsync(subject.Digest, Cancellation));

        Assert.Equal(MediaTypes.OciConfig, found.ArtifactType);
    }

    [Fact]
    public async Task Ten_thousand_entries_are_opened_without_a_look_at_the_blobs()
    {
        Descriptor image = AddImage("linux/amd64", "a");
        WriteIndex([.. Enumerable.Range(0, 10_000).Select(i => (image, (string?)$"v{i}"))]);
        Directory.Delete(Path.Combine(_layout.Root, "blobs"), recursive: true);
        await using var store = LayoutStore.Open(_layout.Root);

        Assert.Equal(10_000, (await TagsAsync(store)).Count);
        Assert.Equal(image.Digest, (await store.FindAsync(_layout.Reference("v9999"), Cancellation))!.Digest);
    }

    private static async Task<IReadOnlyList<string>> TagsAsync(LayoutStore store)
    {
        var tags = new List<string>();
        await foreach (string tag in store.ListTagsAsync(Cancellation))
            tags.Add(tag);
        return tags;
    }

    private static string Entry(Descriptor image, params (string Key, string Value)[] annotations)
    {
        string platform = image.Platform is { } p
            ? $$""","platform":{"os":"{{p.Os}}","architecture":"{{p.Architecture}}"}"""
            : "";
        string noted = annotations.Length > 0
            ? $$""","annotations":{{{string.Join(',', annotations.Select(a =>
                $"\"{a.Key}\":\"{a.Value.Replace("\u001b", "\\u001b", StringComparison.Ordinal)}\""))}}}"""
            : "";
        return $$"""
            {"mediaType":"{{image.MediaType}}","digest":"{{image.Digest}}","size":{{image.Size}}{{platform}}{{noted}}}
            """;
    }

    private Descriptor AddImage(string platform, string layer)
    {
        Descriptor image = _layout.Source.AddImage(platform, [_layout.Source.AddLayer(layer)]);
        _layout.WriteBlob(image);
        return image;
    }

    private Descriptor AddIndex(params Descriptor[] children)
    {
        Descriptor index = _layout.Source.AddIndex(children);
        _layout.WriteBlob(index);
        return index;
    }

    private Descriptor Attach(Descriptor subject, string artifactType)
    {
        string manifest = $$$"""
            {"schemaVersion":2,"mediaType":"{{{MediaTypes.OciManifest}}}","artifactType":"{{{artifactType}}}",
            "config":{"mediaType":"{{{MediaTypes.OciEmpty}}}","digest":"{{{Digest.Compute("{}"u8)}}}","size":2},
            "layers":[],"annotations":{"note":"yes"},
            "subject":{"mediaType":"{{{subject.MediaType}}}","digest":"{{{subject.Digest}}}","size":{{{subject.Size}}}}}
            """;
        Descriptor added = _layout.Source.AddDocument(Encoding.UTF8.GetBytes(manifest), MediaTypes.OciManifest);
        _layout.WriteBlob(added);
        return added;
    }

    private void WriteIndex(params (Descriptor Image, string? Name)[] entries) =>
        WriteEntries([.. entries.Select(entry =>
            entry.Name is null ? Entry(entry.Image) : Entry(entry.Image, (Name, entry.Name)))]);

    private void WriteEntries(params string[] entries) =>
        _layout.WriteLayout($$"""{"schemaVersion":2,"manifests":[{{string.Join(',', entries)}}]}""");
}
