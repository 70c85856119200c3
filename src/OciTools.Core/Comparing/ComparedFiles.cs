using System.Security.Cryptography;
using OciTools.RootFs;

namespace OciTools.Comparing;

/// <summary>
/// The trees of two images, and the digests of the content of their files. Layers that both have are applied to both
/// trees at once.
/// </summary>
internal sealed class ComparedFiles
{
    private readonly Dictionary<(int Layer, long Offset), FileContent> _contents = [];

    public ImageTree Left { get; } = new();

    public ImageTree Right { get; } = new();

    /// <summary>Makes a target that applies layers to one of the trees, or to both.</summary>
    /// <param name="firstNumber">
    /// What is added to the numbers of layers, so that those of two images differ: number and offset are what a file is
    /// known by.
    /// </param>
    /// <param name="trees">The trees.</param>
    public ILayerTarget Target(int firstNumber, params IReadOnlyList<ImageTree> trees) =>
        new TreesTarget(this, firstNumber, trees);

    public FileContent GetContent(TreeFile file) => _contents[(file.Layer, file.Offset)];

    private sealed class TreesTarget(ComparedFiles files, int firstNumber, IReadOnlyList<ImageTree> trees)
        : ILayerTarget
    {
        private int _number;

        public ValueTask BeginLayerAsync(int layer, CancellationToken cancellationToken)
        {
            _number = firstNumber + layer;
            foreach (ImageTree tree in trees)
                tree.BeginLayer(_number);
            return ValueTask.CompletedTask;
        }

        public async ValueTask ApplyAsync(TarEntry entry, EntryPath path, CancellationToken cancellationToken)
        {
            if (entry.Type == OciFileType.File)
            {
                byte[] hash = await SHA256.HashDataAsync(entry.Data, cancellationToken).ConfigureAwait(false);
                files._contents[(_number, entry.Offset)] = new FileContent(entry.Size, hash);
            }

            foreach (ImageTree tree in trees)
                tree.Apply(entry, path);
        }

        public ValueTask RemoveAsync(EntryPath path, CancellationToken cancellationToken)
        {
            foreach (ImageTree tree in trees)
                tree.Remove(path);
            return ValueTask.CompletedTask;
        }

        public ValueTask ClearAsync(EntryPath path, CancellationToken cancellationToken)
        {
            foreach (ImageTree tree in trees)
                tree.Clear(path);
            return ValueTask.CompletedTask;
        }

        public ValueTask EndLayerAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
    }
}
