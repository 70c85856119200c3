namespace OciTools.Registry.Auth;

/// <summary>What a token service is asked for.</summary>
internal sealed class TokenRequest
{
    private const string ClientId = "ocitools";

    /// <summary>The token service, which the policy accepts for this credential.</summary>
    public required Uri Realm { get; init; }

    /// <summary>What the registry calls itself there, or null.</summary>
    public required string? Service { get; init; }

    public required ScopeSet Scopes { get; init; }

    /// <summary>Who asks; null for anybody.</summary>
    public required RegistryCredential? Credential { get; init; }

    public IProgress<TransferEvent>? Progress { get; init; }

    /// <summary>The address to GET a token from ("Docker Registry v2 authentication", "Requesting a Token").</summary>
    public Uri ToUri()
    {
        List<string> query = [];
        if (Realm.Query.Length > 1)
            query.Add(Realm.Query[1..]);
        Add("service", Service);
        foreach (string scope in Scopes.Scopes)
            Add("scope", scope);
        Add("account", Credential?.UserName);
        return new UriBuilder(Realm) { Query = string.Join('&', query), Fragment = "" }.Uri;

        void Add(string name, string? value)
        {
            if (!string.IsNullOrEmpty(value))
                query.Add($"{name}={Uri.EscapeDataString(value)}");
        }
    }

    /// <summary>The form to POST with a user name and password (RFC 6749, 4.3).</summary>
    public Dictionary<string, string> ToPasswordForm(string userName, string password)
    {
        Dictionary<string, string> form = ToForm("password");
        form.Add("username", userName);
        form.Add("password", password);
        return form;
    }

    /// <summary>The form to POST with an identity token (RFC 6749, 6).</summary>
    public Dictionary<string, string> ToRefreshForm(string identityToken)
    {
        Dictionary<string, string> form = ToForm("refresh_token");
        form.Add("refresh_token", identityToken);
        return form;
    }

    private Dictionary<string, string> ToForm(string grantType)
    {
        var form = new Dictionary<string, string> { ["grant_type"] = grantType, ["client_id"] = ClientId };
        if (!string.IsNullOrEmpty(Service))
            form.Add("service", Service);
        if (Scopes.Scopes.Count > 0)
            form.Add("scope", Scopes.ToString());
        return form;
    }
}
