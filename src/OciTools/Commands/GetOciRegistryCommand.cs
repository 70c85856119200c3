using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>
/// Asks registries how they are and what they can do, or tells which ones the session is connected to.
/// </summary>
[Cmdlet(VerbsCommon.Get, "OciRegistry")]
[OutputType(typeof(OciRegistry))]
public sealed class GetOciRegistryCommand : OciRegistryCmdlet
{
    /// <summary>
    /// The registries to ask: host, and port if there is one. Without it, what the session knows is told, and nobody is
    /// asked.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Registry { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Registry.Length == 0)
            WriteObject(new GetRegistryOperation(Session).GetKnown(), enumerateCollection: true);

        foreach (string registry in Registry)
            Run($"Ask {registry}", registry, (progress, token) =>
                new GetRegistryOperation(Session).RunAsync(registry, Options, progress, token));
    }
}
