using System.Collections.Frozen;
using System.Net;
using OciTools.Transport;

namespace OciTools.Registry.Auth;

/// <summary>
/// Decides which token services a registry may send its callers to. A registry names its token service (the
/// <c>realm</c> of a challenge) freely, so that name is as trustworthy as the registry.
/// </summary>
/// <remarks>
/// A realm must be an absolute https URI without user information; http only where the registry itself is spoken to
/// over http. An address that is not on the public internet is refused unless it is the registry's own host, or both
/// are this computer. Credentials go to the registry's own host, to hosts of the same organisation (one is the other's
/// parent domain, or both are in one registered domain, as registry-1.docker.io and auth.docker.io are), to the token
/// services of a few registries that are known to have them elsewhere, and to hosts that the caller trusts by name. A
/// token may be fetched without credentials from any realm that passes the rest.
/// </remarks>
/// <param name="trusted">Hosts (<c>host</c> or <c>host:port</c>) that may get credentials, and may be private.</param>
internal sealed class RealmPolicy(IReadOnlyList<string> trusted)
{
    // Domains in which strangers are neighbours, so that a common ending says nothing. Not the whole list of public
    // suffixes: those where registries and token services live. Country domains are handled by rule.
    private static readonly FrozenSet<string> s_sharedDomains = FrozenSet.ToFrozenSet(
    [
        "amazonaws.com", "amazonaws.com.cn", "appspot.com", "azure.com", "azurecr.cn", "azurecr.io", "azurecr.us",
        "azurewebsites.net", "cloudapp.net", "cloudflarestorage.com", "cloudfront.net", "digitaloceanspaces.com",
        "duckdns.org", "fly.dev", "gcr.io", "github.io", "gitlab.io", "googleusercontent.com", "herokuapp.com",
        "jfrog.io", "netlify.app", "ngrok.app", "ngrok.dev", "ngrok.io", "ngrok-free.app", "nip.io", "ocir.io",
        "onrender.com", "pages.dev", "pkg.dev", "run.app", "scw.cloud", "sslip.io", "vercel.app", "web.app",
        "windows.net", "workers.dev",
    ]);

    // Registries whose operator has the token service in another domain.
    private static readonly (string Registry, string Realm)[] s_knownPairs =
    [
        ("nvcr.io", "authn.nvidia.com"),
        ("scw.cloud", "api.scaleway.com"),
    ];

    private static readonly FrozenSet<string> s_countrySecondLevels = FrozenSet.ToFrozenSet(
        ["ac", "co", "com", "edu", "go", "gob", "gov", "gv", "ltd", "me", "mil", "ne", "net", "nom", "or", "org"]);

    /// <summary>The realm as a URI that may be asked for a token.</summary>
    /// <param name="realm">What the challenge says.</param>
    /// <param name="registryBase">Where the registry is spoken to.</param>
    /// <param name="withCredential">Whether credentials would be sent.</param>
    /// <exception cref="OciException">The realm is refused (<see cref="OciErrorCode.UnsafeAuthRealm"/>).</exception>
    public Uri Check(string realm, Uri registryBase, bool withCredential)
    {
        string registry = registryBase.Authority;
        if (!Uri.TryCreate(realm, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https")
            || HostPlace.Of(uri).Length == 0)
        {
            string shown = DisplayText.Sanitize(realm);
            throw Refuse(shown, $"The registry {registry} names the token service '{shown}', "
                + "which is not a web address. Tell the registry's operator.");
        }

        // Never shown: a query may hold anything, and user information is a secret by nature.
        string service = DisplayText.Sanitize(uri.GetLeftPart(UriPartial.Authority));
        if (uri.UserInfo.Length > 0)
        {
            throw Refuse(DisplayText.Sanitize(uri.Authority),
                $"The registry {registry} names a token service with a user name in its address, on "
                + $"{DisplayText.Sanitize(uri.Authority)}. Tell the registry's operator.");
        }

        if (uri.Scheme == "http" && registryBase.Scheme != "http")
        {
            throw Refuse(service, $"The registry {registry} names the token service {service}, which is not encrypted. "
                + "Tell the registry's operator that the token service must use https.");
        }

        string host = HostPlace.Of(uri);
        string registryHost = HostPlace.Of(registryBase);
        if (host == registryHost || Trusts(uri))
            return uri;

        NetworkPlace place = HostPlace.Find(host);
        bool areBothHere = place == NetworkPlace.ThisComputer && place == HostPlace.Find(registryHost);
        if (place != NetworkPlace.Internet && !areBothHere)
        {
            throw Refuse(service, $"The registry {registry} names the token service {service}, which is an address of "
                + "this computer or of a private network. If that is right, trust it as a token service "
                + $"(-TrustedRealm '{uri.Authority}').");
        }

        if (withCredential && !IsKnownPair(host, registryHost) && !IsSameOrganisation(host, registryHost))
        {
            throw Refuse(service, $"The registry {registry} names the token service {service}, and the credentials of "
                + "one are not sent to the other. If they belong together, trust it as a token service "
                + $"(-TrustedRealm '{uri.Authority}'); otherwise leave the credentials away (-Anonymous).");
        }

        return uri;
    }

    /// <summary>Whether the caller trusts the host by name.</summary>
    public bool Trusts(Uri uri) => trusted.Any(name =>
        name.Equals(HostPlace.Of(uri), StringComparison.OrdinalIgnoreCase)
        || name.Equals($"{uri.Host}:{uri.Port}", StringComparison.OrdinalIgnoreCase));

    private static bool IsKnownPair(string realm, string registry) => s_knownPairs.Any(pair =>
        pair.Realm == realm
        && (pair.Registry == registry || registry.EndsWith("." + pair.Registry, StringComparison.Ordinal)));

    private static bool IsSameOrganisation(string realm, string registry)
    {
        if (IPAddress.TryParse(realm, out _) || IPAddress.TryParse(registry, out _))
            return false;

        string[] realmLabels = realm.Split('.');
        string[] registryLabels = registry.Split('.');
        int common = 0;
        while (common < Math.Min(realmLabels.Length, registryLabels.Length)
            && realmLabels[^(common + 1)] == registryLabels[^(common + 1)])
        {
            common++;
        }

        return common >= 2 && !IsSharedDomain(registryLabels[^common..]);
    }

    private static bool IsSharedDomain(string[] labels) =>
        s_sharedDomains.Contains(string.Join('.', labels))
        || (labels.Length == 2 && labels[1].Length == 2 && s_countrySecondLevels.Contains(labels[0]));

    private static OciException Refuse(string target, string message) =>
        new(OciErrorCode.UnsafeAuthRealm, message, target);
}
