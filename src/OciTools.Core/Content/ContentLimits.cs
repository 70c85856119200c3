namespace OciTools;

/// <summary>Limits on what is taken into memory from outside, in bytes.</summary>
internal static class ContentLimits
{
    /// <summary>A manifest, index or config: 4 MiB, what every registry must accept (distribution specification 1.1).</summary>
    public const int Document = 4 * 1024 * 1024;

    /// <summary>A token answer: 1 MiB.</summary>
    public const int Token = 1024 * 1024;

    /// <summary>The body of an error answer: 64 KiB.</summary>
    public const int ErrorBody = 64 * 1024;
}
