using System.Management.Automation;

namespace OciTools.Cmdlets;

/// <summary>The base of cmdlets that use registries: as whom.</summary>
public abstract class OciRegistryCmdlet : OciConnectionCmdlet
{
    /// <summary>
    /// The credential for the registry. Without it, the one of Connect-OciRegistry is used, then those of the docker
    /// and podman credential files and helpers.
    /// </summary>
    [Parameter]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>Sends no credential, even if one is known for the registry.</summary>
    [Parameter]
    public SwitchParameter Anonymous { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (Credential is not null && Anonymous)
            ThrowTerminating(new ArgumentException("Use either -Credential or -Anonymous, not both."), Credential);
        Options = Options with { Credential = Credential?.ToNetworkCredential(), Anonymous = Anonymous };
    }
}
