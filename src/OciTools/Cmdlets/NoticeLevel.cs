namespace OciTools.Cmdlets;

/// <summary>The stream of PowerShell that a line of text goes to.</summary>
internal enum NoticeLevel
{
    Warning,
    Verbose,
    Debug,
}
