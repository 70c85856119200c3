using System.Runtime.CompilerServices;
using OciTools.Operations;
using OciTools.RootFs;

namespace OciTools.Comparing;

/// <summary>
/// Compares what two images unpack to, path by path. The layers are read once; what stays in memory are the names, and
/// a digest for each file.
/// </summary>
internal sealed class FileComparer(
    CompareImageRequest request,
    ImageContent left,
    ImageContent right,
    IContentSource leftSource,
    IContentSource rightSource,
    IProgress<TransferEvent>? progress)
{
    /// <summary>Tells of all paths, a folder before what is in it.</summary>
    public async IAsyncEnumerable<FileDifference> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        int shared = ContentsOf(left).Zip(ContentsOf(right)).TakeWhile(pair => pair.First.Equals(pair.Second)).Count();
        if (shared == left.Layers.Count && shared == right.Layers.Count && !request.IncludeEqual)
            yield break;

        var files = new ComparedFiles();
        LayerRun leftRun = Run(left, leftSource);
        LayerRun rightRun = Run(right, rightSource);
        await ApplyAsync(leftRun, files.Target(0, files.Left, files.Right), ..shared, cancellationToken)
            .ConfigureAwait(false);
        await ApplyAsync(leftRun, files.Target(0, files.Left), shared.., cancellationToken).ConfigureAwait(false);
        await ApplyAsync(
            rightRun, files.Target(left.Layers.Count, files.Right), shared.., cancellationToken)
            .ConfigureAwait(false);

        var leftView = new TreeView(files, left.Manifest.Reference);
        var rightView = new TreeView(files, right.Manifest.Reference);
        var rest = new Stack<(string Path, TreeNode? Left, TreeNode? Right)>();
        rest.Push(("", files.Left.Root, files.Right.Root));
        while (rest.TryPop(out (string Path, TreeNode? Left, TreeNode? Right) at))
        {
            cancellationToken.ThrowIfCancellationRequested();
            OciImageFile? one = at.Left is null ? null : leftView.Describe(at.Path, at.Left);
            OciImageFile? other = at.Right is null ? null : rightView.Describe(at.Path, at.Right);
            yield return new FileDifference((one ?? other)!.Path, one, other, Compare(one, other));

            foreach (string name in NamesIn(at.Left).Union(NamesIn(at.Right)).OrderDescending(StringComparer.Ordinal))
                rest.Push((LayerPath.Join(at.Path, name), at.Left?.Find(name), at.Right?.Find(name)));
        }
    }

    // An image of schema 1 does not say what its layers unpack to.
    private static IEnumerable<Digest> ContentsOf(ImageContent image) =>
        image.Layers.Zip(image.DiffIds, (layer, diffId) => diffId ?? layer.Digest);

    private LayerRun Run(ImageContent image, IContentSource source) => new(
        image,
        (layer, cancellationToken) => source.OpenBlobAsync(layer, 0, cancellationToken),
        request.Limits,
        progress);

    private static Task ApplyAsync(
        LayerRun run, ILayerTarget target, Range layers, CancellationToken cancellationToken) =>
        run.ApplyAsync(target, layers, () => "The files were not compared.", cancellationToken);

    private static IEnumerable<string> NamesIn(TreeNode? node) => node?.Children.Select(child => child.Name) ?? [];

    private OciChanges Compare(OciImageFile? one, OciImageFile? other)
    {
        if (one is null || other is null)
            return OciChanges.None;

        OciChanges changes = OciChanges.None;
        Note(one.Type != other.Type, OciChanges.Type);
        Note(one.Uid != other.Uid || one.Gid != other.Gid, OciChanges.Owner);
        Note(!HaveSameAttributes(one, other), OciChanges.Attributes);
        Note(request.IncludeTime && one.ModifiedTime != other.ModifiedTime, OciChanges.Time);

        // The permissions of a symbolic link mean nothing, and whoever packs it writes what they like.
        bool isLink = one.Type == OciFileType.SymbolicLink || other.Type == OciFileType.SymbolicLink;
        Note(one.Mode != other.Mode && !isLink, OciChanges.Mode);
        if (one.Type != other.Type)
            return changes;
        Note(!Equals(one.Digest, other.Digest), OciChanges.Content);
        Note(one.LinkTarget != other.LinkTarget, OciChanges.Link);
        Note(one.Device != other.Device, OciChanges.Device);
        return changes;

        void Note(bool differs, OciChanges change)
        {
            if (differs)
                changes |= change;
        }
    }

    private static bool HaveSameAttributes(OciImageFile one, OciImageFile other) =>
        one.ExtendedAttributes.Count == other.ExtendedAttributes.Count
        && one.ExtendedAttributes.All(attribute =>
            other.ExtendedAttributes.TryGetValue(attribute.Key, out byte[]? value)
            && attribute.Value.AsSpan().SequenceEqual(value));
}
