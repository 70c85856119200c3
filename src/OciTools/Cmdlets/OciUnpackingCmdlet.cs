using System.Management.Automation;

namespace OciTools.Cmdlets;

/// <summary>The base of cmdlets that unpack whole images, and so need limits.</summary>
public abstract class OciUnpackingCmdlet : OciRegistryCmdlet
{
    /// <summary>The most bytes that all files of all layers may have together, for example 20GB.</summary>
    /// <value>128 GiB.</value>
    [Parameter]
    [ValidateRange(0L, long.MaxValue)]
    public long MaximumSize { get; set; } = ExpandLimits.Default.MaximumSize;

    /// <summary>The most bytes that one file may have.</summary>
    /// <value>32 GiB.</value>
    [Parameter]
    [ValidateRange(0L, long.MaxValue)]
    public long MaximumFileSize { get; set; } = ExpandLimits.Default.MaximumFileSize;

    /// <summary>The most entries (files, directories, links, whiteouts) that all layers may have together.</summary>
    /// <value>4,000,000.</value>
    [Parameter]
    [ValidateRange(0L, long.MaxValue)]
    public long MaximumEntryCount { get; set; } = ExpandLimits.Default.MaximumEntryCount;

    /// <summary>How many times its packed bytes a layer may unpack to; the first GiB of a layer is free.</summary>
    /// <value>500.</value>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MaximumRatio { get; set; } = ExpandLimits.Default.MaximumRatio;

    /// <summary>How many names a path may have.</summary>
    /// <value>256.</value>
    [Parameter]
    [ValidateRange(1, int.MaxValue)]
    public int MaximumDepth { get; set; } = ExpandLimits.Default.MaximumDepth;

    /// <summary>The limits that the parameters ask for.</summary>
    private protected ExpandLimits Limits => new()
    {
        MaximumSize = MaximumSize,
        MaximumFileSize = MaximumFileSize,
        MaximumEntryCount = MaximumEntryCount,
        MaximumRatio = MaximumRatio,
        MaximumDepth = MaximumDepth,
    };
}
