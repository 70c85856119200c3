using System.Globalization;

namespace OciTools;

/// <summary>Sizes for people, in powers of 1000 as registries and disks count them. The module's views use it.</summary>
public static class ByteText
{
    private static readonly string[] s_units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];

    /// <summary>Writes a size, for example <c>999 B</c>, <c>1.2 kB</c> or <c>45 MB</c>.</summary>
    /// <param name="bytes">The size in bytes.</param>
    public static string Format(double bytes)
    {
        int unit = 0;
        while (bytes >= 999.5 && unit < s_units.Length - 1)
        {
            bytes /= 1000;
            unit++;
        }

        string number = bytes.ToString(unit > 0 && bytes < 9.95 ? "0.0" : "0", CultureInfo.InvariantCulture);
        return $"{number} {s_units[unit]}";
    }
}
