using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>Forgets the credential that Connect-OciRegistry keeps. Credential files stay as they are.</summary>
[Cmdlet(VerbsCommunications.Disconnect, "OciRegistry", SupportsShouldProcess = true)]
[OutputType(typeof(void))]
public sealed class DisconnectOciRegistryCommand : OciCmdlet
{
    /// <summary>The registry: its host, and its port if it has one, for example ghcr.io or localhost:5000.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    [ValidateNotNullOrEmpty]
    public string[] Registry { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string registry in Registry)
        {
            if (ShouldProcess(registry, "Forget the credential"))
                Disconnect(registry);
        }
    }

    private void Disconnect(string registry)
    {
        bool wasConnected;
        try
        {
            wasConnected = new ConnectRegistryOperation(Session).Disconnect(registry);
        }
        catch (ArgumentException exception)
        {
            WriteError(ErrorMap.ToErrorRecord(exception, registry));
            return;
        }

        if (!wasConnected)
            WriteWarning($"There is no connection to {registry} to end. Get-OciRegistry lists those that there are.");
    }
}
