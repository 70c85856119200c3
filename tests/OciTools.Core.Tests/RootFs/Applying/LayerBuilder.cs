using System.Text;
using OciTools.RootFs;

namespace OciTools.Tests.RootFs;

/// <summary>Makes a layer entry by entry.</summary>
internal sealed class LayerBuilder
{
    public static readonly DateTimeOffset Time = new(2024, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private readonly List<TarEntry> _entries = [];

    public LayerBuilder Add(TarEntry entry)
    {
        _entries.Add(entry);
        return this;
    }

    public LayerBuilder Folder(string name, int mode = 0b111_101_101) =>
        Add(new TarEntry { Name = name, Type = OciFileType.Directory, Mode = mode, ModifiedTime = Time });

    public LayerBuilder File(string name, string content = "content", int mode = 0b110_100_100)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        return Add(new TarEntry
        {
            Name = name, Mode = mode, ModifiedTime = Time, Size = bytes.Length, Data = new MemoryStream(bytes),
        });
    }

    public LayerBuilder Link(string name, string target) => Add(new TarEntry
    {
        Name = name, Type = OciFileType.SymbolicLink, LinkName = target, Mode = 0b111_111_111, ModifiedTime = Time,
    });

    public LayerBuilder HardLink(string name, string target) =>
        Add(new TarEntry { Name = name, Type = OciFileType.HardLink, LinkName = target, ModifiedTime = Time });

    public LayerBuilder Device(string name, OciFileType type, int major, int minor) => Add(new TarEntry
    {
        Name = name, Type = type, DeviceMajor = major, DeviceMinor = minor, Mode = 0b110_110_110, ModifiedTime = Time,
    });

    /// <summary>Removes what the layers below have at a path.</summary>
    public LayerBuilder Whiteout(string path)
    {
        int slash = path.LastIndexOf('/') + 1;
        return File($"{path[..slash]}.wh.{path[slash..]}", "");
    }

    /// <summary>Removes what the layers below have in a folder.</summary>
    public LayerBuilder Opaque(string folder) => File($"{folder}/.wh..wh..opq", "");

    public async Task<byte[]> BuildAsync()
    {
        CancellationToken cancellationToken = TestContext.Current.CancellationToken;
        var archive = new MemoryStream();
        await using var writer = new TarWriter(archive, leaveOpen: true);
        foreach (TarEntry entry in _entries)
        {
            entry.Data.Position = 0;
            await writer.WriteEntryAsync(entry, cancellationToken);
        }

        await writer.CompleteAsync(cancellationToken);
        return archive.ToArray();
    }
}
