namespace OciTools.Testing;

/// <summary>The endpoints of a registry.</summary>
internal enum RouteKind
{
    Base,
    Catalog,
    Manifest,
    Blob,
    UploadStart,
    Upload,
    Tags,
    Referrers,
}
