namespace OciTools.Reliability.Chaos;

/// <summary>What became of one operation.</summary>
internal sealed record OperationRecord
{
    public required int Number { get; init; }

    public required JobKind Kind { get; init; }

    /// <summary>How often each fault happened.</summary>
    public required IReadOnlyDictionary<string, int> Hits { get; init; }

    /// <summary>How it was to be stopped; it may have been faster.</summary>
    public required InterruptionKind Interruption { get; init; }

    /// <summary>How it ended among the faults.</summary>
    public required JobEnd First { get; init; }

    /// <summary>How it ended when it was done again; null when that was not needed.</summary>
    public required JobEnd? Again { get; init; }

    /// <summary>What did not end as it must; empty when all is well.</summary>
    public required IReadOnlyList<string> Wrong { get; init; }

    /// <summary>What was left by a job that did not succeed and looks whole though it is not.</summary>
    public required IReadOnlyList<string> Flaws { get; init; }

    /// <summary>The transfers that went on where they had stopped, in the first run.</summary>
    public required int ResumedFirst { get; init; }

    /// <summary>The same, in the run after it: they went on where another run had stopped.</summary>
    public required int ResumedAgain { get; init; }

    /// <summary>The bytes of the image, once for each registry that it came from or went to.</summary>
    public required long BytesNeeded { get; init; }

    /// <summary>The bytes that passed from and to registries in all runs.</summary>
    public required long BytesPassed { get; init; }

    public required TimeSpan Duration { get; init; }

    public bool IsSound => Wrong.Count == 0 && Flaws.Count == 0;
}
