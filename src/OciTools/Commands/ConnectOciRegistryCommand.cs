using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>
/// Checks a credential with a registry and keeps it until PowerShell ends; nothing is written to disk.
/// </summary>
[Cmdlet(VerbsCommunications.Connect, "OciRegistry", SupportsShouldProcess = true)]
[OutputType(typeof(OciRegistry))]
public sealed class ConnectOciRegistryCommand : OciConnectionCmdlet
{
    /// <summary>The registry: its host, and its port if it has one, for example ghcr.io or localhost:5000.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(RegistryCompleter))]
    [ValidateNotNullOrEmpty]
    public string Registry { get; set; } = string.Empty;

    /// <summary>The user's name and password or access token.</summary>
    [Parameter(Mandatory = true, Position = 1)]
    [Credential]
    public PSCredential Credential { get; set; } = null!;

    /// <summary>Writes what is known of the registry to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (!ShouldProcess(Registry, $"Connect as {Credential.UserName}"))
            return;

        Run(
            $"Connect to {Registry}",
            Registry,
            (progress, token) => new ConnectRegistryOperation(Session)
                .RunAsync(Registry, Credential.ToNetworkCredential(), Options, progress, token),
            writeResult: PassThru);
    }
}
