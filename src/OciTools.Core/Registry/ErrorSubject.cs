namespace OciTools.Registry;

/// <summary>What a request was about, which tells what a 404 without a code means.</summary>
internal enum ErrorSubject
{
    Repository,
    Manifest,
    Blob,
    Other,
}
