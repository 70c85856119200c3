using System.Text.Json;

namespace OciTools;

/// <summary>How to tell whether a container works (Docker image specification 1.2, "Healthcheck").</summary>
/// <remarks>Null durations and counts mean the engine's defaults.</remarks>
public sealed record ImageHealthcheck
{
    private const long NanosecondsInTick = 100;

    /// <summary>
    /// The test: empty to inherit, <c>NONE</c>, <c>CMD</c> and arguments, or <c>CMD-SHELL</c> and a command.
    /// </summary>
    public IReadOnlyList<string> Test { get; init; } = [];

    /// <summary>The time between two tests.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>How long a test may take.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long after the start failures do not count.</summary>
    public TimeSpan? StartPeriod { get; init; }

    /// <summary>The time between two tests during <see cref="StartPeriod"/>.</summary>
    public TimeSpan? StartInterval { get; init; }

    /// <summary>How many failures in a row make the container unhealthy.</summary>
    public long? Retries { get; init; }

    /// <summary>The test.</summary>
    public override string ToString() => DisplayText.Sanitize(string.Join(' ', Test));

    internal static ImageHealthcheck Read(JsonElement element, string path) => new()
    {
        Test = element.FindTexts("Test", path),
        Interval = ReadDuration(element, "Interval", path),
        Timeout = ReadDuration(element, "Timeout", path),
        StartPeriod = ReadDuration(element, "StartPeriod", path),
        StartInterval = ReadDuration(element, "StartInterval", path),
        Retries = element.FindInteger("Retries", path) is > 0 and { } retries ? retries : null,
    };

    // Go writes durations in nanoseconds, and 0 when nothing is said.
    private static TimeSpan? ReadDuration(JsonElement element, string name, string path) =>
        element.FindInteger(name, path) is not (null or 0) and { } nanoseconds
            ? TimeSpan.FromTicks(nanoseconds / NanosecondsInTick)
            : null;
}
