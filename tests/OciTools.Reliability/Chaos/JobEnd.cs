namespace OciTools.Reliability.Chaos;

/// <summary>How one run of a job ended.</summary>
internal sealed record JobEnd
{
    /// <summary>The digest that the job says it wrote; null when it did not succeed.</summary>
    public string? Digest { get; init; }

    /// <summary>The code of a documented error.</summary>
    public OciErrorCode? Code { get; init; }

    /// <summary>What an error said.</summary>
    public string? Message { get; init; }

    /// <summary>Whether it was killed or cancelled, as planned.</summary>
    public bool WasStopped { get; init; }

    public static JobEnd Stopped { get; } = new() { WasStopped = true };

    public static JobEnd Of(Digest digest) => new() { Digest = digest.ToString() };

    public static JobEnd Of(Exception failure) => failure is OciException known
        ? new JobEnd { Code = known.Code, Message = known.Message }
        : new JobEnd { Message = failure.ToString() };
}
