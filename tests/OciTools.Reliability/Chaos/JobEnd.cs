namespace OciTools.Reliability.Chaos;

/// <summary>How one run of a job ended.</summary>
internal sealed record JobEnd
{
    /// <summary>The digest that the job says it wrote or repaired; null when it did not succeed.</summary>
    public string? Digest { get; init; }

    /// <summary>The code of a documented error.</summary>
    public OciErrorCode? Code { get; init; }

    /// <summary>Whether the job said, without an error, that something is still broken.</summary>
    public bool IsUnrepaired { get; init; }

    /// <summary>What an error said, or what is still broken.</summary>
    public string? Message { get; init; }

    /// <summary>Whether it was killed or cancelled, as planned.</summary>
    public bool WasStopped { get; init; }

    public static JobEnd Stopped { get; } = new() { WasStopped = true };

    public static JobEnd Of(OciTransferResult written) => new() { Digest = written.Digest.ToString() };

    public static JobEnd Of(OciTestResult tested) => tested.IsValid
        ? new JobEnd { Digest = tested.Reference.Digest!.ToString() }
        : new JobEnd { IsUnrepaired = true, Message = string.Join("; ", tested.Findings) };

    public static JobEnd Of(Exception failure) => failure is OciException known
        ? new JobEnd { Code = known.Code, Message = known.Message }
        : new JobEnd { Message = failure.ToString() };
}
