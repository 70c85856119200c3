using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>
/// Asks registries how many requests they still allow, or tells what they have said of it in this session.
/// </summary>
[Cmdlet(VerbsCommon.Get, "OciRateLimit", DefaultParameterSetName = RegistrySet)]
[OutputType(typeof(OciRateLimit))]
public sealed class GetOciRateLimitCommand : OciRegistryCmdlet
{
    private const string RegistrySet = "Registry";
    private const string ReferenceSet = "Reference";

    /// <summary>
    /// The registries to ask: host, and port if there is one. Without it, what the session has been told is told, and
    /// nobody is asked.
    /// </summary>
    [Parameter(
        ParameterSetName = RegistrySet, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Registry { get; set; } = [];

    /// <summary>The images to look up for the question, where a registry tells of a quota only there.</summary>
    [Parameter(ParameterSetName = ReferenceSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Image")]
    [ReferenceTransformation]
    [ValidateNotNullOrEmpty]
    public ImageReference[] Reference { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == RegistrySet && Registry.Length == 0)
            WriteObject(new GetRateLimitOperation(Session).GetKnown(), enumerateCollection: true);

        foreach (string registry in Registry)
            Ask(registry, (operation, progress, token) => operation.RunAsync(registry, Options, progress, token));

        foreach (ImageReference reference in Reference)
            Ask(reference, (operation, progress, token) => operation.RunAsync(reference, Options, progress, token));
    }

    private void Ask(
        object target,
        Func<GetRateLimitOperation, IProgress<TransferEvent>, CancellationToken, Task<OciRateLimit?>> ask) =>
        Run(
            $"Ask {target}",
            target,
            async (progress, token) => new[] { await ask(new(Session), progress, token).ConfigureAwait(false) },
            answers => answers.OfType<OciRateLimit>());
}
