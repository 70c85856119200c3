namespace OciTools.Layout;

/// <summary>
/// The error for an image that a layout, or an archive of one, does not list; it names what is there.
/// </summary>
internal static class MissingImage
{
    private const int Shown = 20;

    public static OciException In(LayoutIndex index, string place, ImageReference reference)
    {
        string what = reference switch
        {
            { Digest: { } digest } =>
                $"'{place}' holds no manifest {digest}; an index may list platforms that were left out.",
            { Tag: { } tag } when index.IsAmbiguous(tag) =>
                $"'{place}' holds images of several repositories named '{DisplayText.Sanitize(tag)}'.",
            { Tag: { } tag } => $"'{place}' holds no image named '{DisplayText.Sanitize(tag)}'.",
            _ when index.Entries.Count == 0 => $"'{place}' holds no images.",
            _ => $"'{place}' holds several images.",
        };
        return new OciException(OciErrorCode.ManifestNotFound, $"{what} {Choices(index)}", reference);
    }

    private static string Choices(LayoutIndex index)
    {
        IReadOnlyList<string> choices = index.Names.Count > 0
            ? [.. index.Names.Select(name => $"'{DisplayText.Sanitize(name)}'")]
            : [.. index.Entries.Select(entry => $"@{entry.Digest}").Distinct()];
        return choices.Count switch
        {
            0 => "Save one there first.",
            <= Shown => $"Choose one of {string.Join(", ", choices)}.",
            _ => $"Choose one of {string.Join(", ", choices.Take(Shown))} and {choices.Count - Shown} more.",
        };
    }
}
