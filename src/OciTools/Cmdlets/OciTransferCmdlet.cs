using System.Management.Automation;
using OciTools.Binding;
using OciTools.Operations;

namespace OciTools.Cmdlets;

/// <summary>The base of cmdlets that move images: which platforms, and how.</summary>
public abstract class OciTransferCmdlet : OciRegistryCmdlet
{
    /// <summary>
    /// The platforms to copy, for example linux/arm64. Without it the whole image is copied. Several need -IndexMode.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    [ValidateNotNullOrEmpty]
    public Platform[] Platform { get; set; } = [];

    /// <summary>
    /// What becomes of the index when -Platform names some of its platforms: Preserve copies everything, Sparse keeps
    /// the index and leaves the others out, Rewrite makes a new index of those that are named.
    /// </summary>
    [Parameter]
    public IndexMode? IndexMode { get; set; }

    /// <summary>How many transfers run at once, from 1 to 64.</summary>
    /// <value>8.</value>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = CopyImageRequest.DefaultThrottleLimit;

    /// <summary>
    /// The most bytes that layers and other blobs may move from and to registries in a second, for example 10MB, all
    /// transfers of the command together, downloads and uploads alike. Without it there is no limit.
    /// </summary>
    [Parameter]
    [ValidateRange(1L, long.MaxValue)]
    public long? BandwidthLimit { get; set; }

    /// <summary>Writes what was done to the pipeline, with the image's new place.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (BandwidthLimit is { } bytesPerSecond)
            Options = Options with { Bandwidth = new BandwidthLimit(bytesPerSecond) };
        if (Platform.Length > 1 && IndexMode is null)
            ThrowTerminating(
                new ArgumentException(
                    "Several platforms need -IndexMode: Preserve, Sparse or Rewrite says what becomes of the index. "
                    + "To copy platforms as images of their own, pipe them from Get-OciManifest."),
                Platform);
        if (Platform.Length == 0 && IndexMode is { } mode)
            ThrowTerminating(
                new ArgumentException($"-IndexMode {mode} chooses among platforms. Name them with -Platform."), mode);
    }
}
