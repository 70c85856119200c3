namespace OciTools.Reliability.Chaos;

/// <summary>What happens in one operation. All of it follows from the seed and the operation's number.</summary>
internal sealed record Plan
{
    private const int MostFaults = 3;
    private const int BytesPerKilledSecond = 30_000_000;

    public required JobKind Kind { get; init; }

    public required ChaosImage Image { get; init; }

    /// <summary>Whether the image is converted on the way.</summary>
    public required bool Converts { get; init; }

    /// <summary>Whether the destination's tag points to another image before.</summary>
    public required bool HasFormer { get; init; }

    public required IReadOnlyList<FaultKind> Faults { get; init; }

    public required Interruption Interruption { get; init; }

    /// <summary>The bytes a second of each connection; null for no limit.</summary>
    public required long? Rate { get; init; }

    /// <summary>Goes on being drawn from, for the details of the faults.</summary>
    public required Random Random { get; init; }

    /// <summary>The errors that the operation may end in.</summary>
    public IEnumerable<OciErrorCode> MayEnd => Faults.SelectMany(fault => fault.MayEnd);

    public static Plan Make(int seed, int number, ChaosImages images)
    {
        Random random = RandomOf(seed, number);
        var kind = (JobKind)random.Next(Enum.GetValues<JobKind>().Length);
        ChaosImage image = images.Choose(random, kind);
        Interruption interruption = Interrupt(random, image);
        FaultKind[] fitting = [.. FaultKind.All.Where(fault => fault.Fits(kind))];
        // Few things go wrong with files, and most of them end the job.
        int count = kind.ReadsRegistry() || kind.WritesRegistry()
            ? random.Next(interruption.Kind == InterruptionKind.None ? 1 : 0, MostFaults + 1)
            : random.Next(2);
        return new Plan
        {
            Kind = kind,
            Image = image,
            Converts = image.Conversion is not null && kind != JobKind.Repair
                && (random.Next(2) == 0 || kind.WritesArchive()),
            HasFormer = kind != JobKind.Repair && random.Next(3) == 0,
            Faults = [.. random.GetItems(fitting, count).Distinct().Where(fault => fault.IsPossible)],
            Interruption = interruption,
            Rate = interruption.Kind == InterruptionKind.None ? null : BytesPerKilledSecond,
            Random = random,
        };
    }

    /// <summary>What all choices of an operation are drawn from.</summary>
    public static Random RandomOf(int seed, int number) => new(unchecked((seed * 1_000_003) + number));

    /// <summary>
    /// Stops a job after any of its events, or a little later, so that also what happens between events is cut short.
    /// </summary>
    private static Interruption Interrupt(Random random, ChaosImage image)
    {
        InterruptionKind kind = random.Next(20) switch
        {
            < 4 => InterruptionKind.Kill,
            < 7 => InterruptionKind.Cancel,
            _ => InterruptionKind.None,
        };
        if (kind == InterruptionKind.None)
            return Interruption.None;
        double seconds = (double)image.Image.Contents.Sum(content => content.Bytes.Length) / BytesPerKilledSecond;
        return new Interruption(
            kind,
            random.Next(1, (3 * image.Image.Contents.Count) + 2),
            TimeSpan.FromSeconds(random.NextDouble() * (seconds + 0.02)));
    }
}
