using System.Management.Automation;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>Removes from OCI image layouts what no image needs, also while others save into them.</summary>
[Cmdlet(VerbsCommon.Optimize, "OciLayout", SupportsShouldProcess = true)]
[OutputType(typeof(OciOptimizeResult))]
public sealed class OptimizeOciLayoutCommand : OciCmdlet
{
    /// <summary>The directories of the layouts. Wildcard characters are taken literally.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>
    /// How long ago a file must have been written to be removed, for example 0:30 or 7.0:00. Other tools list a blob
    /// only at the end of their work, so the time should be longer than that takes.
    /// </summary>
    /// <value>One hour for blobs, 24 hours for what interrupted transfers left.</value>
    [Parameter]
    public TimeSpan? MinimumAge { get; set; }

    /// <summary>
    /// Goes on where the file system has no locks. Use it only when nobody writes to the layout meanwhile.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (MinimumAge < TimeSpan.Zero)
            ThrowTerminating(new ArgumentException("-MinimumAge cannot be negative."), MinimumAge);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in Path)
        {
            try
            {
                Optimize(PathResolver.Resolve(SessionState.Path, path));
            }
            catch (OciException exception)
            {
                WriteError(ErrorMap.ToErrorRecord(exception, path));
            }
        }
    }

    private void Optimize(string folder)
    {
        if (!ShouldProcess(folder, "Remove what no image needs"))
            return;
        var request = new OptimizeLayoutRequest { Path = folder, MinimumAge = MinimumAge, Force = Force };
        Run($"Optimize {folder}", folder, (progress, token) =>
            new OptimizeLayoutOperation().RunAsync(request, progress, token));
    }
}
