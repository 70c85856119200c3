using System.Management.Automation;
using OciTools.Binding;

namespace OciTools.Cmdlets;

/// <summary>The base of cmdlets that take images from where they are: which ones, and what comes along.</summary>
public abstract class OciSourceCmdlet : OciTransferCmdlet
{
    /// <summary>
    /// The image to copy: text such as nginx:1.27 or oci:images/app:1.0, or an object of Get-OciManifest or Get-OciTag.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Image")]
    [ReferenceTransformation]
    [ValidateNotNullOrEmpty]
    public ImageReference[] Reference { get; set; } = [];

    /// <summary>
    /// How the image's index describes it; comes with the objects of Get-OciManifest, so that the copy keeps the
    /// platform.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public Descriptor? Descriptor { get; set; }

    /// <summary>Fetches and copies layers that live outside the registry. Without it they stay references.</summary>
    [Parameter]
    public SwitchParameter IncludeExternalLayer { get; set; }

    /// <summary>Copies what refers to the image as well: signatures, attestations, bills of materials.</summary>
    [Parameter]
    public SwitchParameter IncludeReferrers { get; set; }

    /// <summary>Copies the tags that are named after the image's digests as well, such as sha256-….sig.</summary>
    [Parameter]
    public SwitchParameter IncludeDigestTag { get; set; }

    /// <summary>
    /// Makes an OCI image of an image of Docker's schema 1, whose layers stay as they are; each is read once more for
    /// it. An index that lists such images is written anew. Other images stay as they are.
    /// </summary>
    [Parameter]
    public SwitchParameter ConvertSchema1 { get; set; }
}
