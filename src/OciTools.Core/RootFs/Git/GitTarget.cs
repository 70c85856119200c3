using System.Globalization;
using System.Text;

namespace OciTools.RootFs;

/// <summary>Makes a commit of each layer.</summary>
internal sealed class GitTarget : ILayerTarget
{
    private const string EndOfRecord = "END-OF-RECORD";

    private static readonly byte[] s_attributes =
        "# Content of an image: git leaves it as it is.\n* -text -ident -filter\n"u8.ToArray();

    private readonly ImageContent _image;
    private readonly FastImport _import;
    private readonly string _branch;
    private readonly IReadOnlyList<CommitText> _texts;
    private readonly IReadOnlyList<string> _layerBranches;
    private readonly ImageTree _tree;
    private readonly List<string> _removed = [];
    private int _layer;

    /// <summary>Prepares the commits.</summary>
    /// <param name="image">The image.</param>
    /// <param name="import">Takes the commits.</param>
    /// <param name="branch">The branch.</param>
    /// <param name="layerBranches">A branch for each layer; empty for none.</param>
    public GitTarget(ImageContent image, FastImport import, string branch, IReadOnlyList<string> layerBranches)
    {
        _image = image;
        _import = import;
        _branch = branch;
        _layerBranches = layerBranches;
        _texts = CommitText.Of(image);
        _tree = new ImageTree { Removing = node => _removed.Add(node.Path) };
    }

    /// <inheritdoc/>
    public async ValueTask BeginLayerAsync(int layer, CancellationToken cancellationToken)
    {
        _layer = layer;
        _tree.BeginLayer(layer);
        CommitText text = _texts[layer];
        await _import.WriteLineAsync($"commit refs/heads/{_branch}\nmark {Mark(layer)}", cancellationToken)
            .ConfigureAwait(false);
        await _import.WriteLineAsync($"author {text.Author}\ncommitter {text.Author}", cancellationToken)
            .ConfigureAwait(false);
        await _import.WriteDataAsync(Encoding.UTF8.GetBytes(text.Message), cancellationToken).ConfigureAwait(false);
        if (layer > 0)
            await _import.WriteLineAsync($"from {Mark(layer - 1)}", cancellationToken).ConfigureAwait(false);
        else
            await WriteFileAsync(GitNames.Attributes, "100644", s_attributes, cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask ApplyAsync(TarEntry entry, EntryPath path, CancellationToken cancellationToken)
    {
        // Of a hard link, an older name of the file, as long as there is one.
        TreeNode node = _tree.Apply(entry, path);
        await WriteRemovedAsync(cancellationToken).ConfigureAwait(false);
        string stored = GitNames.MapPath(node.Path);
        switch (entry.Type)
        {
            case OciFileType.File:
                await _import.WriteLineAsync($"M {GetMode(entry)} inline {FastImport.Quote(stored)}", cancellationToken)
                    .ConfigureAwait(false);
                await _import.WriteDataAsync(entry.Data, entry.Size, cancellationToken).ConfigureAwait(false);
                break;
            case OciFileType.SymbolicLink:
                await WriteFileAsync(stored, "120000", TarText.Encode(entry.LinkName), cancellationToken)
                    .ConfigureAwait(false);
                break;
            case OciFileType.HardLink
                when node.File is { Type: OciFileType.File or OciFileType.SymbolicLink } file:
                if (file.FirstName is var first && first != node)
                {
                    string from = FastImport.Quote(GitNames.MapPath(first.Path));
                    await _import.WriteLineAsync($"C {from} {FastImport.Quote(stored)}", cancellationToken)
                        .ConfigureAwait(false);
                }

                break;
        }
    }

    /// <inheritdoc/>
    public ValueTask RemoveAsync(EntryPath path, CancellationToken cancellationToken)
    {
        _tree.Remove(path);
        return WriteRemovedAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask ClearAsync(EntryPath path, CancellationToken cancellationToken)
    {
        _tree.Clear(path);
        return WriteRemovedAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask EndLayerAsync(CancellationToken cancellationToken)
    {
        await _import.WriteLineAsync($"M 100644 inline {GitNames.Record}\ndata <<{EndOfRecord}", cancellationToken)
            .ConfigureAwait(false);
        await WriteRecordAsync(cancellationToken).ConfigureAwait(false);
        await _import.WriteLineAsync($"{EndOfRecord}\n", cancellationToken).ConfigureAwait(false);
        await _import.WriteLineAsync($"get-mark {Mark(_layer)}", cancellationToken).ConfigureAwait(false);
        if (_layerBranches.Count > 0)
        {
            await _import.WriteLineAsync(
                $"reset refs/heads/{_layerBranches[_layer]}\nfrom {Mark(_layer)}\n", cancellationToken)
                .ConfigureAwait(false);
        }
    }

    private static string Mark(int layer) => string.Create(CultureInfo.InvariantCulture, $":{layer + 1}");

    /// <summary>Git tells what can be run from what cannot, and nothing else.</summary>
    private static string GetMode(TarEntry entry) => (entry.Mode & 0b001_000_000) != 0 ? "100755" : "100644";

    private async Task WriteRecordAsync(CancellationToken cancellationToken)
    {
        var content = new MemoryStream();
        var writer = new MetadataWriter(content);
        writer.WriteHead(_image.Manifest.Reference, _image.Layers[_layer].Digest);
        var links = new LinkedNames();
        foreach (TreeNode node in _tree.Root.Walk())
        {
            if (node.File is not { } file)
                continue;
            string path = node.Path;
            string mapped = GitNames.MapPath(path);
            writer.Write(path, links.Describe(file, path), mapped == path ? null : mapped);
            if (content.Length > 0)
                await SendAsync(content, cancellationToken).ConfigureAwait(false);
        }

        writer.Flush();
        await SendAsync(content, cancellationToken).ConfigureAwait(false);
    }

    private async Task SendAsync(MemoryStream content, CancellationToken cancellationToken)
    {
        await _import.WriteAsync(content.GetBuffer().AsMemory(0, (int)content.Length), cancellationToken)
            .ConfigureAwait(false);
        content.SetLength(0);
    }

    private async ValueTask WriteRemovedAsync(CancellationToken cancellationToken)
    {
        foreach (string path in _removed)
        {
            string stored = FastImport.Quote(GitNames.MapPath(path));
            await _import.WriteLineAsync($"D {stored}", cancellationToken).ConfigureAwait(false);
        }

        _removed.Clear();
    }

    private async Task WriteFileAsync(string path, string mode, byte[] content, CancellationToken cancellationToken)
    {
        await _import.WriteLineAsync($"M {mode} inline {FastImport.Quote(path)}", cancellationToken)
            .ConfigureAwait(false);
        await _import.WriteDataAsync(content, cancellationToken).ConfigureAwait(false);
    }
}
