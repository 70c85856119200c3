using OciTools.Layout;
using OciTools.Tests.Support;
using OciTools.Tests.Transfer;

namespace OciTools.Tests.Layout;

public sealed class LayoutTrustTests : IDisposable
{
    private readonly LayoutFixture _layout = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Ledger => Path.Combine(_layout.Root, ".ocitools", "ledger");

    public void Dispose() => _layout.Dispose();

    [Fact]
    public async Task What_is_there_is_skipped()
    {
        Descriptor blob = await SaveBlobAsync("content");
        var events = new EventLog();
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        Assert.Equal(
            BlobOutcome.Skipped, await store.WriteBlobAsync(blob, _layout.Source, false, events, Cancellation));
        Assert.Equal(1, events.Count);
        Assert.Equal((TransferEventKind.Skipped, blob.Size), (events[0].Kind, events[0].Bytes));
    }

    [Fact]
    public async Task A_blob_that_was_changed_since_it_was_written_is_written_again()
    {
        Descriptor blob = await SaveBlobAsync("content");
        File.WriteAllText(_layout.BlobPath(blob.Digest), "CONTENT");
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        Assert.Equal(
            BlobOutcome.Transferred, await store.WriteBlobAsync(blob, _layout.Source, false, null, Cancellation));
        await store.CompleteAsync(Cancellation);

        Assert.Equal("content", File.ReadAllText(_layout.BlobPath(blob.Digest)));
        _layout.AssertSound();
    }

    [Fact]
    public async Task A_blob_of_another_tool_is_trusted_after_it_was_hashed_once()
    {
        Descriptor right = _layout.Source.AddLayer("right");
        Descriptor wrong = _layout.Source.AddLayer("wrong");
        _layout.WriteLayout("""{"schemaVersion":2,"manifests":[]}""");
        _layout.WriteBlob(right);
        File.WriteAllText(_layout.BlobPath(wrong.Digest), "WRONG");
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        Assert.True(await store.HasAsync(right, false, Cancellation));
        Assert.False(await store.HasAsync(wrong, false, Cancellation));
        await store.CompleteAsync(Cancellation);

        Assert.Contains(right.Digest.Hex, File.ReadAllText(Ledger), StringComparison.Ordinal);
        Assert.DoesNotContain(wrong.Digest.Hex, File.ReadAllText(Ledger), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_ledger_spares_the_hashing_and_verification_does_it_all_the_same()
    {
        Descriptor blob = await SaveBlobAsync("content");
        string path = _layout.BlobPath(blob.Digest);
        DateTime written = File.GetLastWriteTimeUtc(path);
        File.WriteAllText(path, "CONTENT");
        File.SetLastWriteTimeUtc(path, written);
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        // Nobody but a disk changes a file without changing its time, so this shows who looked at the bytes.
        Assert.True(await store.HasAsync(blob, false, Cancellation));
        Assert.False(await store.HasAsync(blob, true, Cancellation));
        Assert.False(await store.HasAsync(blob, false, Cancellation));
        Assert.Equal(
            BlobOutcome.Transferred, await store.WriteBlobAsync(blob, _layout.Source, true, null, Cancellation));
        Assert.True(await store.HasAsync(blob, true, Cancellation));
    }

    [Fact]
    public async Task A_damaged_document_is_repaired_by_force()
    {
        Descriptor image = _layout.Source.AddImage("linux/amd64", [_layout.Source.AddLayer("a")]);
        await _layout.SaveAsync(image, "v1");
        string path = _layout.BlobPath(image.Digest);
        DateTime written = File.GetLastWriteTimeUtc(path);
        File.WriteAllBytes(path, new byte[image.Size]);
        File.SetLastWriteTimeUtc(path, written);

        await _layout.SaveAsync(image, "v1", force: true);

        _layout.AssertSound();
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense\n\0\0\n")]
    [InlineData("sha256:0123 5 6 .\n")]
    public async Task A_damaged_ledger_costs_hashing_and_nothing_else(string damage)
    {
        Descriptor blob = await SaveBlobAsync("content");
        File.WriteAllText(Ledger, damage);
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        Assert.True(await store.HasAsync(blob, false, Cancellation));
        await store.CompleteAsync(Cancellation);

        Assert.StartsWith(blob.Digest.ToString(), File.ReadAllLines(Ledger)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_a_crash_tore_does_not_spoil_the_next()
    {
        Descriptor first = await SaveBlobAsync("first");
        string line = File.ReadAllText(Ledger);
        File.WriteAllText(Ledger, line[..^4]);

        Descriptor second = await SaveBlobAsync("second");

        string[] lines = File.ReadAllLines(Ledger);
        Assert.Equal(2, lines.Length);
        Assert.StartsWith(first.Digest.ToString(), lines[0], StringComparison.Ordinal);
        Assert.StartsWith(second.Digest.ToString(), lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_that_repeats_itself_is_compacted()
    {
        Descriptor blob = await SaveBlobAsync("content");
        string line = File.ReadAllText(Ledger);
        File.WriteAllText(Ledger, string.Concat(Enumerable.Repeat(line, 5000)));
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        Assert.True(await store.HasAsync(blob, false, Cancellation));
        await store.WriteBlobAsync(_layout.Source.AddLayer("more"), _layout.Source, false, null, Cancellation);
        await store.CompleteAsync(Cancellation);

        Assert.Equal(2, File.ReadAllLines(Ledger).Length);
        Assert.Contains(line, File.ReadAllText(Ledger), StringComparison.Ordinal);
    }

    private async Task<Descriptor> SaveBlobAsync(string content)
    {
        Descriptor blob = _layout.Source.AddLayer(content);
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);
        await store.WriteBlobAsync(blob, _layout.Source, false, null, Cancellation);
        await store.CompleteAsync(Cancellation);
        return blob;
    }
}
