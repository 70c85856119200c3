namespace OciTools.Reliability.Chaos;

internal enum InterruptionKind
{
    None,

    /// <summary>The token is cancelled, as by Ctrl+C.</summary>
    Cancel,

    /// <summary>The process gets SIGKILL.</summary>
    Kill,
}
