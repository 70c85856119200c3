using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;

namespace OciTools.Commands;

/// <summary>Copies images between registries and layouts, without changing a byte.</summary>
[Cmdlet(VerbsCommon.Copy, "OciImage", SupportsShouldProcess = true)]
[OutputType(typeof(OciTransferResult))]
public sealed class CopyOciImageCommand : OciCopyCmdlet
{
    private ImageReference _destination = null!;

    /// <summary>
    /// Where to copy to: a repository such as ghcr.io/owner/app, with or without a tag, or a layout such as
    /// oci:images/app. Without a tag each image keeps its own.
    /// </summary>
    [Parameter(Mandatory = true, Position = 1)]
    [ReferenceTransformation]
    [ValidateNotNull]
    public ImageReference Destination { get; set; } = null!;

    /// <summary>
    /// The credential for the destination's registry. -Credential is for the source; it serves the destination too when
    /// both are one registry, or when the source is no registry.
    /// </summary>
    [Parameter]
    [Credential]
    public PSCredential? DestinationCredential { get; set; }

    /// <summary>
    /// Connects to the destination with http. -PlainHttp is for the source; it serves the destination too when both are
    /// one registry, or when the source is no registry.
    /// </summary>
    [Parameter]
    public SwitchParameter DestinationPlainHttp { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        try
        {
            _destination = PathResolver.Resolve(SessionState.Path, Destination);
        }
        catch (OciException exception)
        {
            ThrowTerminating(exception, Destination);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ImageReference reference in Resolve(Reference))
            Copy("Copy", reference, _destination, DestinationOptionsFor(reference));
    }

    private RegistryOptions DestinationOptionsFor(ImageReference source)
    {
        bool isShared = source.Registry is null || source.Registry == _destination.Registry;
        return Options with
        {
            Credential = DestinationCredential?.ToNetworkCredential() ?? (isShared ? Options.Credential : null),
            Anonymous = Anonymous && DestinationCredential is null,
            PlainHttp = IsBound(nameof(DestinationPlainHttp)) ? DestinationPlainHttp.IsPresent
                : isShared ? Options.PlainHttp
                : null,
        };
    }
}
