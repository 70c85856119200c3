using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

/// <summary>The compact tree does what a dictionary of paths would do.</summary>
public sealed class TreeStoreTests
{
    private static readonly TarEntry s_entry = new() { Name = "" };

    [Fact]
    public void What_a_layer_did_to_a_name_is_forgotten_with_the_next_layer()
    {
        var slot = new NameSlot { Missing = MetadataParts.Owner | MetadataParts.Name };
        slot.MarkTouched(0);
        slot.MarkCleared(0);
        Assert.True(slot.IsTouchedBy(0) && slot.IsClearedBy(0));

        slot.MarkCleared(70_000);
        Assert.False(slot.IsTouchedBy(0) || slot.IsClearedBy(0) || slot.IsTouchedBy(70_000));
        Assert.True(slot.IsClearedBy(70_000));

        slot.ForgetClearing();
        Assert.False(slot.IsClearedBy(70_000));
        Assert.Equal(MetadataParts.Owner | MetadataParts.Name, slot.Missing);
    }

    [Fact]
    public void Many_names_are_found_after_many_others_came_and_went()
    {
        var store = new TreeStore();
        var random = new Random(1);
        var expected = new SortedDictionary<string, long>(StringComparer.Ordinal);
        for (int step = 0; step < 20_000; step++)
        {
            string path = $"folder{random.Next(40)}/name{random.Next(400)}";
            if (random.Next(3) == 0)
            {
                store.Root.FindPath(path)?.Detach();
                expected.Remove(path);
            }
            else
            {
                store.Root.GetOrAddPath(path).Set(store.AddFile(s_entry with { Offset = step }, layer: 0));
                expected[path] = step;
            }

            if (step % 5_000 == 0)
            {
                string folder = $"folder{random.Next(40)}";
                store.Root.Find(folder)?.Detach();
                foreach (string lost in expected.Keys.Where(key => key.StartsWith($"{folder}/")).ToArray())
                    expected.Remove(lost);
            }
        }

        Assert.Equal(
            expected.Select(pair => (pair.Key, pair.Value)),
            store.Root.Walk().Where(node => node.File is not null)
                .Select(node => (node.Path, node.File!.Offset)).OrderBy(pair => pair.Path, StringComparer.Ordinal));
        Assert.Equal(expected.Values.Order(), store.ListFiles().Select(file => new TreeFile(store, file).Offset));
    }

    [Fact]
    public void A_file_keeps_its_names_in_the_order_in_which_it_got_them()
    {
        var store = new TreeStore();
        TreeFile file = store.AddFile(s_entry, layer: 0);
        foreach (string name in new[] { "c", "a", "b", "d" })
            store.Root.GetOrAdd(name).Set(file);

        store.Root.Find("c")!.Detach();
        store.Root.Find("b")!.Set(store.AddFile(s_entry, layer: 1));
        store.Root.GetOrAdd("c").Set(file);

        Assert.Equal(["a", "d", "c"], file.Names.Select(name => name.Path));
        Assert.Equal("a", file.FirstName.Name);
        store.Root.Find("a")!.Detach();
        store.Root.Find("c")!.Set(null);
        Assert.True(file.HasOneName);
        Assert.Equal("d", file.FirstName.Name);
    }

    [Fact]
    public void An_entry_comes_back_as_it_was()
    {
        var store = new TreeStore();
        string text = new('x', 200_000);
        TarEntry entry = s_entry with
        {
            Type = OciFileType.SymbolicLink,
            Mode = 0b111,
            Uid = long.MaxValue,
            Gid = 2,
            LinkName = text + TarText.Decode([0xFF, (byte)'ä']),
            ModifiedTime = DateTimeOffset.MinValue,
            ModifiedNanoseconds = 99,
            Offset = 1L << 40,
            DeviceMajor = 3,
            DeviceMinor = 4,
            ExtendedAttributes = new Dictionary<string, byte[]> { ["user.a"] = [1] },
        };

        TreeNode node = store.Root.GetOrAdd(text + "1");
        node.Set(store.AddFile(entry, layer: 7));
        store.Root.GetOrAdd("small");

        Assert.Equal(entry, node.File!.Entry);
        Assert.Equal(7, node.File.Layer);
        Assert.Equal(text + "1", node.Name);
        Assert.Equal(["small", text + "1"], store.Root.Children.Select(child => child.Name));
    }
}
