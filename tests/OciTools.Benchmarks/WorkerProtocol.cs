namespace OciTools.Benchmarks;

/// <summary>
/// The lines that a long-lived worker exchanges with the harness. It says <c>ready TAB cpu</c>; then for each
/// <c>source TAB destination</c> it answers <c>done TAB cpu</c> or <c>failed TAB message</c>, where cpu is the
/// processor time that it took, in milliseconds. Other lines have no meaning.
/// </summary>
internal static class WorkerProtocol
{
    public const string Ready = "ready";
    public const string Done = "done";
    public const string Failed = "failed";
    public const char Separator = '\t';
}
