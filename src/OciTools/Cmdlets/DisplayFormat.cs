using System.Collections;
using System.Globalization;

namespace OciTools;

/// <summary>Writes values for people. The module's views use it.</summary>
public static class DisplayFormat
{
    private static readonly string[] s_units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>Writes a size in powers of 1000, for example <c>999 B</c>, <c>1.2 kB</c> or <c>45 MB</c>.</summary>
    /// <param name="bytes">The size in bytes; nothing is written for null.</param>
    public static string FormatSize(double? bytes)
    {
        if (bytes is not { } size)
            return string.Empty;

        int unit = 0;
        while (size >= 999.5 && unit < s_units.Length - 1)
        {
            size /= 1000;
            unit++;
        }

        string number = size.ToString(unit > 0 && size < 9.95 ? "0.0" : "0", CultureInfo.InvariantCulture);
        return $"{number} {s_units[unit]}";
    }

    /// <summary>
    /// Writes text that came from outside, one line for each item, without what could control a terminal.
    /// </summary>
    /// <param name="value">The text or the items; nothing is written for null.</param>
    public static string FormatText(object? value) => value is IEnumerable items and not string
        ? string.Join('\n', items.Cast<object?>().Select(item => FormatText(item)))
        : DisplayText.Sanitize(value?.ToString() ?? string.Empty);

    /// <summary>Writes annotations or labels, one line for each, without what could control a terminal.</summary>
    /// <param name="map">The names and values; nothing is written for null.</param>
    public static string FormatMap(IReadOnlyDictionary<string, string>? map) =>
        FormatText(map?.Select(entry => $"{entry.Key} = {entry.Value}"));

    /// <summary>
    /// Writes what one side of a comparison has in one line, without what could control a terminal: the short digest of
    /// an image, digest and size of a layer; mode, owner and size of a file, or what a link leads to.
    /// </summary>
    /// <param name="value">The value; nothing is written for null.</param>
    public static string FormatSide(object? value) => value switch
    {
        OciManifest manifest => manifest.Digest.Short,
        OciLayer layer => $"{layer.Digest?.Short} {FormatSize(layer.Size)}",
        OciImageFile { LinkTarget: { } target } file => $"{file.ModeText} -> {DisplayText.Sanitize(target)}",
        OciImageFile { Type: OciFileType.File } file => $"{DescribeOwner(file)} {FormatSize(file.Size)}",
        OciImageFile { Device: { } device } file => $"{DescribeOwner(file)} {device}",
        OciImageFile file => DescribeOwner(file),
        IEnumerable<string> texts => DisplayText.Sanitize(string.Join(' ', texts)),
        _ => DisplayText.Sanitize(Convert.ToString(value, CultureInfo.InvariantCulture) ?? string.Empty),
    };

    private static string DescribeOwner(OciImageFile file) =>
        string.Create(CultureInfo.InvariantCulture, $"{file.ModeText} {file.Uid}:{file.Gid}");
}
