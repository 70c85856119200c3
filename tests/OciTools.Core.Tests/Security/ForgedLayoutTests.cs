using OciTools.Layout;
using OciTools.Tests.Layout;
using OciTools.Tests.Support;
using OciTools.Tests.Transfer;

namespace OciTools.Tests.Security;

/// <summary>What a layout that somebody else made can do to who reads it or writes to it.</summary>
public sealed class ForgedLayoutTests : IDisposable
{
    private readonly LayoutFixture _layout = new();
    private readonly TemporaryDirectory _elsewhere = new();

    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Ledger => Path.Combine(_layout.Root, ".ocitools", "ledger");

    public void Dispose()
    {
        _layout.Dispose();
        _elsewhere.Dispose();
    }

    [Theory]
    [InlineData("{0} {1} {2} .")]
    [InlineData("{0} 00000000000000000000000000000000")]
    public async Task A_ledger_that_a_stranger_wrote_vouches_for_nothing(string line)
    {
        Descriptor blob = _layout.Source.AddLayer("right");
        _layout.WriteLayout("""{"schemaVersion":2,"manifests":[]}""");
        _layout.WriteBlob(blob);
        string path = _layout.BlobPath(blob.Digest);
        File.WriteAllText(path, "WRONG");
        Directory.CreateDirectory(Path.GetDirectoryName(Ledger)!);
        var file = new FileInfo(path);
        File.WriteAllText(
            Ledger, string.Format(null, line, blob.Digest, file.Length, file.LastWriteTimeUtc.Ticks) + "\n");
        await using var store = LayoutStore.OpenOrCreate(_layout.Root);

        Assert.False(await store.HasAsync(blob, false, Cancellation));
    }

    [Fact]
    public async Task A_ledger_that_was_sealed_with_another_key_vouches_for_nothing()
    {
        Descriptor blob = _layout.Source.AddLayer("right");
        _layout.WriteLayout("""{"schemaVersion":2,"manifests":[]}""");
        _layout.WriteBlob(blob);
        string path = _layout.BlobPath(blob.Digest);
        File.WriteAllText(path, "WRONG");
        Directory.CreateDirectory(Path.GetDirectoryName(Ledger)!);
        LedgerEntry entry = LedgerEntry.Of(blob.Digest, new FileInfo(path));
        string right = new LedgerSeal(UserKey.Current!, _layout.Root).Line(entry);
        string forged = new LedgerSeal(new byte[32], _layout.Root).Line(entry);

        File.WriteAllText(Ledger, right + "\n");
        await using (var store = LayoutStore.OpenOrCreate(_layout.Root))
            Assert.True(await store.HasAsync(blob, false, Cancellation));

        File.WriteAllText(Ledger, forged + "\n");
        await using (var store = LayoutStore.OpenOrCreate(_layout.Root))
            Assert.False(await store.HasAsync(blob, false, Cancellation));
    }

    [Fact]
    public async Task The_ledger_of_a_layout_does_not_count_in_a_copy_of_it()
    {
        Descriptor blob = _layout.Source.AddLayer("right");
        await using (var store = LayoutStore.OpenOrCreate(_layout.Root))
        {
            await store.WriteBlobAsync(blob, _layout.Source, false, null, Cancellation);
            await store.CompleteAsync(Cancellation);
        }

        string path = _layout.BlobPath(blob.Digest);
        DateTime written = File.GetLastWriteTimeUtc(path);
        File.WriteAllText(path, "WRONG");
        File.SetLastWriteTimeUtc(path, written);
        string copy = _elsewhere.Combine("copy");
        Directory.Move(_layout.Root, copy);
        await using var moved = LayoutStore.OpenOrCreate(copy);

        Assert.False(await moved.HasAsync(blob, false, Cancellation));
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("staging", true)]
    [InlineData("ledger", false)]
    [InlineData("lock", false)]
    public void A_link_in_the_place_of_our_own_files_is_refused(string name, bool isFolder)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege on Windows.");
        _layout.WriteLayout("""{"schemaVersion":2,"manifests":[]}""");
        string link = Path.TrimEndingDirectorySeparator(Path.Combine(_layout.Root, ".ocitools", name));
        string target = _elsewhere.Combine("precious");
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        if (isFolder)
        {
            Directory.CreateDirectory(target);
            Directory.CreateSymbolicLink(link, target);
        }
        else
        {
            File.WriteAllText(target, "precious");
            File.CreateSymbolicLink(link, target);
        }

        var error = Assert.Throws<OciException>(() => LayoutStore.OpenOrCreate(_layout.Root));

        Assert.Equal(OciErrorCode.LayoutInvalid, error.Code);
        Assert.Contains(link, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("oci-layout")]
    [InlineData("index.json")]
    [InlineData("manifest")]
    [InlineData("config")]
    public async Task A_pipe_in_the_place_of_a_file_is_not_waited_for(string name)
    {
        Descriptor image = _layout.Source.AddImage("linux/amd64", [_layout.Source.AddLayer("layer")]);
        await _layout.SaveAsync(image, "latest");
        RawDocument manifest = await _layout.Source.ReadDocumentAsync(image, Cancellation);
        await PutPipeAsync(name switch
        {
            "manifest" => _layout.BlobPath(image.Digest),
            "config" => _layout.BlobPath(manifest.Children[0].Digest),
            _ => Path.Combine(_layout.Root, name),
        });

        async Task ReadAllAsync()
        {
            await using var store = LayoutStore.Open(_layout.Root);
            RawDocument read = await store.ReadDocumentAsync(image, Cancellation);
            await store.ReadDocumentAsync(read.Children[0], Cancellation);
        }

        await Assert.ThrowsAnyAsync<OciException>(
            () => Task.Run(ReadAllAsync, Cancellation).WaitAsync(s_patience, Cancellation));
    }

    [Fact]
    public async Task A_pipe_in_the_place_of_the_ledger_is_not_waited_for()
    {
        Descriptor layer = _layout.Source.AddLayer("layer");
        await _layout.SaveAsync(_layout.Source.AddImage("linux/amd64", [layer]), "one");
        await PutPipeAsync(Ledger);
        Descriptor other = _layout.Source.AddImage("linux/arm64", [layer]);

        await Task.Run(() => _layout.SaveAsync(other, "other"), Cancellation).WaitAsync(s_patience, Cancellation);

        _layout.AssertSound();
    }

    private static async Task PutPipeAsync(string path)
    {
        Tool.Require("mkfifo");
        File.Delete(path);
        await Tool.RunAsync("mkfifo", path);
    }

    [Fact]
    public void The_users_key_is_made_once_and_only_the_user_can_read_it()
    {
        string folder = _elsewhere.Combine("profile");

        byte[]? key = UserKey.Load(folder);

        Assert.Equal(32, key!.Length);
        Assert.Equal(key, UserKey.Load(folder));
        string path = Assert.Single(Directory.GetFiles(folder));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.NotEqual(key, UserKey.Load(_elsewhere.Combine("other")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("relative")]
    [InlineData("/dev/null/profile")]
    public void Without_a_profile_there_is_no_key(string folder) => Assert.Null(UserKey.Load(folder));

    [Fact]
    public void A_key_of_another_length_is_replaced()
    {
        string folder = _elsewhere.Combine("profile");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "ledger.key"), "torn");

        Assert.Equal(32, UserKey.Load(folder)!.Length);
    }

    [Fact]
    public async Task Without_a_key_nothing_is_vouched_for_and_nothing_is_written()
    {
        string path = _elsewhere.Combine("ledger");
        string blob = _elsewhere.Combine("blob");
        File.WriteAllText(blob, "content");
        Digest digest = Digest.Compute("content"u8);
        var ledger = new BlobLedger(path, seal: null);

        await ledger.AppendAsync([LedgerEntry.Of(digest, new FileInfo(blob))], _elsewhere.Combine("temporary"));

        Assert.False(ledger.Vouches(digest, new FileInfo(blob)));
        Assert.False(File.Exists(path));
    }
}
