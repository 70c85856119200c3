using System.Management.Automation;
using System.Net;

namespace OciTools.Cmdlets;

/// <summary>Hands credentials from PowerShell to the core.</summary>
internal static class CredentialConversion
{
    /// <summary>
    /// The credential with its user name as it was typed. PowerShell's own conversion takes what looks like a domain
    /// off it, and registries know names such as <c>robot@team</c>.
    /// </summary>
    public static NetworkCredential ToNetworkCredential(this PSCredential credential) =>
        new(credential.UserName, credential.Password);
}
