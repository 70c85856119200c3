using System.Runtime.CompilerServices;
using OciTools.Operations;
using OciTools.RootFs;

namespace OciTools.Comparing;

/// <summary>Compares what two images have for one platform.</summary>
internal sealed class ImageComparer(
    CompareImageRequest request,
    PlatformPair pair,
    IContentSource leftSource,
    IContentSource rightSource,
    IProgress<TransferEvent>? progress)
{
    /// <summary>Tells what differs, and also what does not, as long as that costs nothing more or is wanted.</summary>
    public async IAsyncEnumerable<OciImageDifference> RunAsync(
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        OciImageDifference platform = Tell(
            OciDifferenceKind.Platform,
            pair.Platform?.ToString() ?? "",
            pair.Reference,
            pair.Difference,
            Equals(pair.Reference?.Digest, pair.Difference?.Digest));
        yield return platform;
        if (pair is not { Reference: { } left, Difference: { } right }
            || (platform.SideIndicator == OciImageDifference.Same && !request.IncludeEqual))
        {
            yield break;
        }

        foreach (OciImageDifference difference in CompareManifests(left, right))
            yield return difference;

        (RawDocument Document, ImageConfig Config)? one =
            await ManifestConfig.ReadAsync(leftSource, left, cancellationToken).ConfigureAwait(false);
        (RawDocument Document, ImageConfig Config)? other =
            await ManifestConfig.ReadAsync(rightSource, right, cancellationToken).ConfigureAwait(false);
        foreach (OciImageDifference difference in CompareConfigs(one?.Document, other?.Document))
            yield return difference;
        foreach (OciImageDifference difference in CompareHistories(one?.Config, other?.Config))
            yield return difference;
        foreach (OciImageDifference difference in
            CompareLayers(Describe(left, one?.Config), Describe(right, other?.Config)))
            yield return difference;

        if (!request.IncludeFiles)
            yield break;
        var files = new FileComparer(
            request,
            await ImageContent.ReadAsync(leftSource, left, cancellationToken).ConfigureAwait(false),
            await ImageContent.ReadAsync(rightSource, right, cancellationToken).ConfigureAwait(false),
            leftSource,
            rightSource,
            progress);
        await foreach (FileDifference file in files.RunAsync(cancellationToken).ConfigureAwait(false))
        {
            OciImageDifference difference =
                Tell(OciDifferenceKind.File, file.Path, file.Left, file.Right, file.Changes == OciChanges.None);
            yield return difference with { Changes = file.Changes };
        }
    }

    private IEnumerable<OciImageDifference> CompareManifests(OciManifest left, OciManifest right)
    {
        yield return Compare(OciDifferenceKind.Manifest, "MediaType", left.MediaType, right.MediaType);
        if (left.ArtifactType is not null || right.ArtifactType is not null)
            yield return Compare(OciDifferenceKind.Manifest, "ArtifactType", left.ArtifactType, right.ArtifactType);
        foreach (string key in left.Annotations.Keys.Union(right.Annotations.Keys))
        {
            yield return Compare(
                OciDifferenceKind.Manifest,
                $"Annotations.{key}",
                left.Annotations.GetValueOrDefault(key),
                right.Annotations.GetValueOrDefault(key));
        }
    }

    private IEnumerable<OciImageDifference> CompareConfigs(RawDocument? left, RawDocument? right)
    {
        OrderedDictionary<string, object> leftFields = left is null ? [] : ConfigFields.Read(left);
        OrderedDictionary<string, object> rightFields = right is null ? [] : ConfigFields.Read(right);
        foreach (string name in leftFields.Keys.Union(rightFields.Keys))
        {
            yield return Compare(
                OciDifferenceKind.Config,
                name,
                leftFields.GetValueOrDefault(name),
                rightFields.GetValueOrDefault(name));
        }
    }

    /// <summary>Compares the steps that made the images; the command tells which ones belong together.</summary>
    private IEnumerable<OciImageDifference> CompareHistories(ImageConfig? left, ImageConfig? right)
    {
        IReadOnlyList<ImageHistory> leftSteps = left?.History ?? [];
        IReadOnlyList<ImageHistory> rightSteps = right?.History ?? [];
        int number = 0;
        foreach ((ImageHistory? one, ImageHistory? other) in
            SequenceMatch.Align(leftSteps, rightSteps, step => (step.CreatedBy, step.EmptyLayer)))
        {
            OciImageDifference difference = Compare(OciDifferenceKind.Config, $"history.{++number}", one, other);
            bool isRebuilt = difference.SideIndicator == OciImageDifference.Changed
                && one! with { Created = null } == other! with { Created = null };
            yield return isRebuilt ? difference with { Changes = OciChanges.Time } : difference;
        }
    }

    private IEnumerable<OciImageDifference> CompareLayers(IReadOnlyList<OciLayer> left, IReadOnlyList<OciLayer> right)
    {
        // Images of schema 1 have no diffIDs.
        bool haveDiffIds = left.Concat(right).All(layer => layer.DiffId is not null);
        Digest? ContentOf(OciLayer layer) => haveDiffIds ? layer.DiffId : layer.Digest;
        foreach ((OciLayer? one, OciLayer? other) in SequenceMatch.Align(left, right, ContentOf))
        {
            OciImageDifference difference = Tell(
                OciDifferenceKind.Layer,
                ContentOf((one ?? other)!)!.ToString(),
                one,
                other,
                Equals(one?.Digest, other?.Digest));
            yield return difference.SideIndicator == OciImageDifference.Changed
                ? difference with { Changes = OciChanges.Packing }
                : difference;
        }
    }

    private static IReadOnlyList<OciLayer> Describe(OciManifest manifest, ImageConfig? config) =>
        [.. LayerHistory.Describe(manifest, config, _ => { }).Where(layer => !layer.IsEmpty)];

    private OciImageDifference Compare(OciDifferenceKind kind, string name, object? left, object? right) =>
        Tell(kind, name, left, right, ConfigFields.AreEqual(left, right));

    private OciImageDifference Tell(OciDifferenceKind kind, string name, object? left, object? right, bool isEqual) =>
        new()
        {
            Platform = pair.Platform,
            Kind = kind,
            SideIndicator = (left, right) switch
            {
                (_, null) => OciImageDifference.OnlyReference,
                (null, _) => OciImageDifference.OnlyDifference,
                _ => isEqual ? OciImageDifference.Same : OciImageDifference.Changed,
            },
            Name = name,
            ReferenceValue = left,
            DifferenceValue = right,
            ReferenceImage = pair.Reference?.Reference,
            DifferenceImage = pair.Difference?.Reference,
        };
}
