namespace OciTools.Testing;

/// <summary>What is done to the body of an answer.</summary>
internal sealed class BodyFault
{
    public long? CutAfter { get; set; }

    public bool Resets { get; set; }

    public long? StallAfter { get; set; }

    public Func<CancellationToken, Task> Stall { get; set; } = _ => Task.CompletedTask;

    public long? CorruptAt { get; set; }

    public int Append { get; set; }

    public long DropLast { get; set; }

    public int? DripLength { get; set; }

    public TimeSpan DripPause { get; set; }

    public bool IsNone => CutAfter is null && StallAfter is null && CorruptAt is null
        && Append == 0 && DropLast == 0 && DripLength is null;

    public long ChangeLength(long length) => Math.Max(0, length + Append - DropLast);
}
