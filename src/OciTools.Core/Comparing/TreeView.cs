using System.Globalization;
using OciTools.RootFs;

namespace OciTools.Comparing;

/// <summary>Describes what is in the tree of an image. It is asked for paths in their order, a folder first.</summary>
/// <param name="files">What is known of the files.</param>
/// <param name="image">The image.</param>
internal sealed class TreeView(ComparedFiles files, ImageReference image)
{
    // Of the files with several names, the first one that was described.
    private readonly Dictionary<TreeFile, string> _firstNames = [];

    public OciImageFile Describe(string path, TreeNode node)
    {
        TreeFile? file = node.File;
        TarEntry entry = file?.Entry ?? ImpliedFolder.Root;
        FileContent? content = entry.Type == OciFileType.File ? files.GetContent(file!) : null;
        return new OciImageFile
        {
            Reference = image,
            Path = path.Length == 0 ? "." : path,
            Type = entry.Type,
            Mode = entry.Mode,
            Uid = entry.Uid,
            Gid = entry.Gid,
            Size = content?.Size ?? 0,
            Digest = content is { Hash: var hash } ? Digest.FromHash(Digest.Sha256, hash) : null,
            LinkTarget = entry.Type == OciFileType.SymbolicLink ? entry.LinkName : FirstNameOf(file, path),
            Device = entry.Type is OciFileType.CharacterDevice or OciFileType.BlockDevice
                ? string.Create(CultureInfo.InvariantCulture, $"{entry.DeviceMajor}:{entry.DeviceMinor}")
                : null,
            ExtendedAttributes = entry.ExtendedAttributes,
            ModifiedTime = entry.ModifiedTime,
        };
    }

    private string? FirstNameOf(TreeFile? file, string path)
    {
        if (file is null || file.HasOneName || _firstNames.TryAdd(file, path))
            return null;
        return _firstNames[file];
    }
}
