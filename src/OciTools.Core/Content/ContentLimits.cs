namespace OciTools;

/// <summary>Limits on what is taken from outside.</summary>
internal static class ContentLimits
{
    /// <summary>
    /// A manifest, index or config: 4 MiB, what every registry must accept (distribution specification 1.1).
    /// </summary>
    public const int Document = 4 * 1024 * 1024;

    /// <summary>A token answer: 1 MiB.</summary>
    public const int Token = 1024 * 1024;

    /// <summary>The body of an error answer: 64 KiB.</summary>
    public const int ErrorBody = 64 * 1024;

    /// <summary>How deep documents may nest.</summary>
    public const int GraphDepth = 16;

    /// <summary>How many descriptors one walk may meet.</summary>
    public const int GraphSize = 100_000;

    /// <summary>
    /// One content: 32 TiB, far more than any. Sizes of <see cref="GraphSize"/> contents can then be added without
    /// overflow.
    /// </summary>
    public const long Content = 1L << 45;

    /// <summary>Refuses a graph that is too large to be an image.</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.LimitExceeded"/>.</exception>
    public static void CheckGraphSize(int count, Descriptor current)
    {
        if (count > GraphSize)
            throw new OciException(
                OciErrorCode.LimitExceeded,
                $"The image names more than {GraphSize} contents. No real image does; do not trust this one.",
                current);
    }
}
