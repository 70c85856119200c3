using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>Tests whether images are whole and right, in registries, layouts and archives, and repairs them.</summary>
[Cmdlet(VerbsDiagnostic.Test, "OciImage", SupportsShouldProcess = true, DefaultParameterSetName = TestSet)]
[OutputType(typeof(OciTestResult), typeof(bool))]
public sealed class TestOciImageCommand : OciRegistryCmdlet
{
    private const string TestSet = "Test";
    private const string RepairSet = "Repair";

    private ImageReference? _from;

    /// <summary>
    /// The image: text such as nginx:1.27, or an object of Get-OciManifest or Get-OciTag. A layout or archive without a
    /// name, such as oci:images, stands for all that is in it.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Image")]
    [ReferenceTransformation]
    [ValidateNotNullOrEmpty]
    public ImageReference[] Reference { get; set; } = [];

    /// <summary>
    /// The platforms to test, for example linux/arm64. Without it all that are there are tested. Of several images in a
    /// layout or archive, those that are for other platforms are left out.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    [ValidateNotNullOrEmpty]
    public Platform[] Platform { get; set; } = [];

    /// <summary>Fetches what is missing or broken from the place that -From names, and nothing else.</summary>
    [Parameter(ParameterSetName = RepairSet, Mandatory = true)]
    public SwitchParameter Repair { get; set; }

    /// <summary>
    /// Where -Repair finds what it needs: a repository, layout or archive that has the same image. Its tag means
    /// nothing.
    /// </summary>
    [Parameter(ParameterSetName = RepairSet, Mandatory = true)]
    [ReferenceTransformation]
    [ValidateNotNull]
    public ImageReference From { get; set; } = null!;

    /// <summary>Writes only whether all is well: true or false for each reference.</summary>
    [Parameter]
    public SwitchParameter Quiet { get; set; }

    /// <summary>How many blobs are read at once, from 1 to 64.</summary>
    /// <value>8.</value>
    [Parameter]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = CopyImageRequest.DefaultThrottleLimit;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (!Repair)
            return;
        try
        {
            _from = PathResolver.Resolve(SessionState.Path, From);
        }
        catch (OciException exception)
        {
            ThrowTerminating(exception, From);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ImageReference reference in Resolve(Reference))
        {
            bool repairs = _from is not null
                && ShouldProcess(reference.ToString(), $"Repair from {_from.WithoutName()}");
            var request = new TestImageRequest
            {
                Reference = reference,
                Platforms = Platform,
                RepairFrom = repairs ? _from : null,
                ThrottleLimit = ThrottleLimit,
                Options = Options,
            };
            string activity = $"Test {reference.FamiliarName}";
            if (Quiet)
                Run(activity, reference, (progress, token) => AreValidAsync(request, progress, token));
            else
                Run(activity, reference, (progress, token) =>
                    new TestImageOperation(Session).RunAsync(request, progress, token));
        }
    }

    private async Task<bool> AreValidAsync(
        TestImageRequest request, IProgress<TransferEvent> progress, CancellationToken cancellationToken)
    {
        IAsyncEnumerable<OciTestResult> results =
            new TestImageOperation(Session).RunAsync(request, progress, cancellationToken);
        // One that stays broken does not keep the others from being repaired.
        return request.RepairFrom is null
            ? await results.AllAsync(result => result.IsValid, cancellationToken).ConfigureAwait(false)
            : await results.CountAsync(result => !result.IsValid, cancellationToken).ConfigureAwait(false) == 0;
    }
}
