using System.Management.Automation;
using System.Security.Cryptography.X509Certificates;
using OciTools.Transport;

namespace OciTools.Cmdlets;

/// <summary>The base of cmdlets that connect to registries: how to connect.</summary>
public abstract class OciConnectionCmdlet : OciCmdlet
{
    private const int MaximumSeconds = 24 * 60 * 60;

    /// <summary>
    /// Connects with http. Without it, https is used, except for this machine's own addresses; -PlainHttp:$false asks
    /// for https there too.
    /// </summary>
    [Parameter]
    public SwitchParameter PlainHttp { get; set; }

    /// <summary>Accepts any certificate of the registry. Use it only where nobody can stand between.</summary>
    [Parameter]
    public SwitchParameter SkipCertificateCheck { get; set; }

    /// <summary>The path of a PEM file with certificate authorities to trust besides those of the system.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? CertificateAuthorityPath { get; set; }

    /// <summary>The certificate, with its private key, to show to registries that ask for one.</summary>
    [Parameter]
    [ValidateNotNull]
    public X509Certificate2? Certificate { get; set; }

    /// <summary>The proxy to use instead of the one that the environment names.</summary>
    [Parameter]
    [ValidateNotNull]
    public Uri? Proxy { get; set; }

    /// <summary>The credential for the proxy.</summary>
    [Parameter]
    [Credential]
    public PSCredential? ProxyCredential { get; set; }

    /// <summary>Connects directly, even if the environment names a proxy.</summary>
    [Parameter]
    public SwitchParameter NoProxy { get; set; }

    /// <summary>How often a request is repeated after a fault that may pass.</summary>
    /// <value>5.</value>
    [Parameter]
    [ValidateRange(0, 100)]
    public int MaximumRetryCount { get; set; } = TransportDefaults.MaximumRetryCount;

    /// <summary>
    /// The pause in seconds before the first repetition; it doubles each time. What a registry itself asks for comes
    /// first.
    /// </summary>
    /// <value>0.25.</value>
    [Parameter]
    [ValidateRange(0.001, 3600.0)]
    public double RetryIntervalSec { get; set; } = TransportDefaults.RetryInterval.TotalSeconds;

    /// <summary>The limit in seconds to establish a connection.</summary>
    /// <value>30.</value>
    [Parameter]
    [Alias("TimeoutSec")]
    [ValidateRange(1, MaximumSeconds)]
    public int ConnectionTimeoutSeconds { get; set; } = (int)TransportDefaults.ConnectTimeout.TotalSeconds;

    /// <summary>
    /// The limit in seconds for a silence of the registry: before it answers, and between two parts of a body.
    /// </summary>
    /// <value>60.</value>
    [Parameter]
    [ValidateRange(1, MaximumSeconds)]
    public int OperationTimeoutSeconds { get; set; } = (int)TransportDefaults.IdleTimeout.TotalSeconds;

    /// <summary>
    /// Token services (host, or host and port) that may be given the registry's credential although they are in another
    /// domain. They, and other hosts named here, may be in a private network.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] TrustedRealm { get; set; } = [];

    /// <summary>How to talk to registries, as the parameters say; settled before the first item.</summary>
    private protected RegistryOptions Options { get; set; } = new();

    private static TransportProfile TransportDefaults { get; } = new();

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Proxy is not null && NoProxy)
            ThrowTerminating(new ArgumentException("Use either -Proxy or -NoProxy, not both."), Proxy);
        if (ProxyCredential is not null && Proxy is null)
            ThrowTerminating(new ArgumentException("-ProxyCredential needs -Proxy, which says what it is for."), null);
        if (Proxy is { IsAbsoluteUri: true, UserInfo.Length: > 0 })
            ThrowTerminating(
                new ArgumentException("Give the proxy's credential with -ProxyCredential, not in its address."), null);
        Options = new RegistryOptions
        {
            PlainHttp = IsBound(nameof(PlainHttp)) ? PlainHttp.IsPresent : null,
            TrustedRealm = TrustedRealm,
            Transport = new TransportProfile
            {
                Proxy = Proxy,
                NoProxy = NoProxy,
                ProxyCredential = ProxyCredential?.GetNetworkCredential(),
                SkipCertificateCheck = SkipCertificateCheck,
                CertificateAuthorityPath = ResolveAuthorityPath(),
                ClientCertificate = Certificate,
                ConnectTimeout = TimeSpan.FromSeconds(ConnectionTimeoutSeconds),
                IdleTimeout = TimeSpan.FromSeconds(OperationTimeoutSeconds),
                MaximumRetryCount = MaximumRetryCount,
                RetryInterval = TimeSpan.FromSeconds(RetryIntervalSec),
            },
        };
    }

    private protected bool IsBound(string parameter) => MyInvocation.BoundParameters.ContainsKey(parameter);

    private string? ResolveAuthorityPath()
    {
        if (CertificateAuthorityPath is not { } path)
            return null;

        try
        {
            return PathResolver.Resolve(SessionState.Path, path);
        }
        catch (OciException exception)
        {
            ThrowTerminating(exception, path);
            throw;
        }
    }
}
