namespace OciTools.Operations;

/// <summary>What reading one blob told.</summary>
/// <param name="Problem">What is the matter with its bytes; null when they are right.</param>
/// <param name="Message">The problem in words.</param>
/// <param name="DiffId">The digest of what a layer unpacks to; null when that is unknown.</param>
internal sealed record BlobCheck(OciTestFindingKind? Problem, string Message, Digest? DiffId)
{
    /// <summary>The packed bytes are not there, or not what their digest promises.</summary>
    public bool IsBroken => Problem is OciTestFindingKind.Missing or OciTestFindingKind.Corrupt
        or OciTestFindingKind.WrongSize;
}
