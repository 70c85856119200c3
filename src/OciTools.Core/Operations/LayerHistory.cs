using System.Globalization;

namespace OciTools.Operations;

/// <summary>Puts the layers of a manifest beside what the config says of them.</summary>
internal static class LayerHistory
{
    /// <summary>Describes the steps that made an image, the first one first.</summary>
    /// <param name="manifest">The image, with its layers.</param>
    /// <param name="config">The config; null for what is no image.</param>
    /// <param name="warn">Hears what does not fit. Nothing is guessed then: layers come without what cannot be told.</param>
    public static IReadOnlyList<OciLayer> Describe(OciManifest manifest, ImageConfig? config, Action<string> warn)
    {
        IReadOnlyList<Descriptor> layers = manifest.Layers ?? [];
        IReadOnlyList<Digest?> diffIds = FindDiffIds(manifest, layers, config, warn);
        IReadOnlyList<ImageHistory> steps = config?.History ?? [];
        int described = steps.Count(step => !step.EmptyLayer);
        if (described != layers.Count)
        {
            if (steps.Count > 0)
                warn(Mismatch(manifest, $"the history tells of {described} layers", layers));
            steps = [.. layers.Select(_ => new ImageHistory())];
        }

        int next = 0;
        return [.. steps.Select((step, i) =>
        {
            int? layer = step.EmptyLayer ? null : next++;
            return new OciLayer
            {
                Reference = manifest.Reference,
                Platform = config?.Platform ?? manifest.Platform,
                Number = i + 1,
                Descriptor = layer is { } at ? layers[at] : null,
                DiffId = layer is { } place ? diffIds[place] : null,
                CreatedBy = step.CreatedBy,
                Created = step.Created,
                Author = step.Author,
                Comment = step.Comment,
            };
        })];
    }

    private static IReadOnlyList<Digest?> FindDiffIds(
        OciManifest manifest, IReadOnlyList<Descriptor> layers, ImageConfig? config, Action<string> warn)
    {
        if (config is not null && config.DiffIds.Count == layers.Count)
            return config.DiffIds;
        if (config is not null)
            warn(Mismatch(manifest, $"the config names {config.DiffIds.Count} diffIDs", layers));
        return new Digest?[layers.Count];
    }

    private static string Mismatch(OciManifest manifest, FormattableString what, IReadOnlyList<Descriptor> layers) =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"{manifest.Reference} has {layers.Count} layers, but {FormattableString.Invariant(what)}; they are left out.");
}
