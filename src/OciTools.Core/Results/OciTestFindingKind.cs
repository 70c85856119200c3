namespace OciTools;

/// <summary>What is the matter with an image or a layout.</summary>
public enum OciTestFindingKind
{
    /// <summary>A document or blob is not there.</summary>
    Missing,

    /// <summary>A document or blob has other bytes than its digest promises.</summary>
    Corrupt,

    /// <summary>A document or blob has another size than its descriptor says.</summary>
    WrongSize,

    /// <summary>A document has the right bytes but cannot be understood.</summary>
    Invalid,

    /// <summary>A layer does not unpack to what the image's config says.</summary>
    DiffIdMismatch,

    /// <summary>The index lists the image for another platform than its config names.</summary>
    PlatformMismatch,

    /// <summary>The image has another number of layers than its config or its history tells.</summary>
    LayerMismatch,

    /// <summary>
    /// The index lists a platform that was left out here. That is no fault, as long as another platform is there.
    /// </summary>
    Sparse,

    /// <summary>A layer is kept elsewhere, as its descriptor says. That is no fault.</summary>
    External,

    /// <summary>
    /// Something is there but cannot be checked, because nobody here knows its kind. That is no fault.
    /// </summary>
    NotVerified,

    /// <summary>Nothing in the layout refers to the blob. That is no fault; it only takes up space.</summary>
    Orphaned,
}
