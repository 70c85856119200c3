namespace OciTools.Operations;

/// <summary>Puts the layers of a manifest beside what the config says of them.</summary>
internal static class LayerHistory
{
    /// <summary>Describes the steps that made an image, the first one first.</summary>
    /// <param name="manifest">The image, with its layers.</param>
    /// <param name="config">The config; null for what is no image.</param>
    /// <param name="warn">
    /// Hears what does not fit. Nothing is guessed then: layers come without what cannot be told.
    /// </param>
    public static IReadOnlyList<OciLayer> Describe(OciManifest manifest, ImageConfig? config, Action<string> warn)
    {
        IReadOnlyList<Descriptor> layers = manifest.Layers ?? [];
        IReadOnlyList<Digest?> diffIds = FindDiffIds(manifest, layers.Count, config, warn);
        var described = new List<OciLayer>();
        int next = 0;
        foreach (ImageHistory step in FindSteps(manifest, layers.Count, config, warn))
        {
            var item = new OciLayer
            {
                Reference = manifest.Reference,
                Platform = config?.Platform ?? manifest.Platform,
                Number = described.Count + 1,
                CreatedBy = step.CreatedBy,
                Created = step.Created,
                Author = step.Author,
                Comment = step.Comment,
            };
            if (!step.EmptyLayer)
            {
                item = item with { Descriptor = layers[next], DiffId = diffIds[next] };
                next++;
            }

            described.Add(item);
        }

        return described;
    }

    private static IReadOnlyList<Digest?> FindDiffIds(
        OciManifest manifest, int layers, ImageConfig? config, Action<string> warn)
    {
        if (config is not null && config.DiffIds.Count == layers)
            return config.DiffIds;
        // Schema 1 has no diffIDs.
        if (config is not null && manifest.Document?.Schema1 is null)
            warn($"{manifest.Reference} has {layers} layers, but its config names {config.DiffIds.Count} diffIDs.");
        return new Digest?[layers];
    }

    private static IEnumerable<ImageHistory> FindSteps(
        OciManifest manifest, int layers, ImageConfig? config, Action<string> warn)
    {
        IReadOnlyList<ImageHistory> steps = config?.History ?? [];
        int made = steps.Count(step => !step.EmptyLayer);
        if (made == layers)
            return steps;
        if (steps.Count > 0)
            warn($"{manifest.Reference} has {layers} layers, but its history tells of {made}.");
        return Enumerable.Repeat(new ImageHistory(), layers);
    }
}
