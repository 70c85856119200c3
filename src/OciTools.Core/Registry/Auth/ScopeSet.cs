namespace OciTools.Registry.Auth;

/// <summary>The scopes of one token, in one order and each resource once, so that equal sets have equal text.</summary>
internal sealed class ScopeSet
{
    private const string RepositoryPrefix = "repository:";

    private readonly SortedDictionary<string, SortedSet<string>> _actions = new(StringComparer.Ordinal);

    private ScopeSet(IEnumerable<string> scopes)
    {
        foreach (string scope in scopes)
            Add(scope);
        Scopes = [.. _actions.Select(entry => entry.Value.Count == 0
            ? entry.Key
            : $"{entry.Key}:{string.Join(',', entry.Value)}")];
    }

    /// <summary>The scopes as a token service wants them, for example <c>repository:library/nginx:pull</c>.</summary>
    public IReadOnlyList<string> Scopes { get; }

    public static ScopeSet Of(IReadOnlyList<RegistryScope> scopes) => new(scopes.Select(scope => scope.ToString()));

    /// <summary>Reads the <c>scope</c> parameter of a challenge: scopes with spaces between (RFC 6749, 3.3).</summary>
    public static ScopeSet Parse(string? text) =>
        new((text ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));

    public ScopeSet Union(ScopeSet other) => new(Scopes.Concat(other.Scopes));

    /// <summary>Whether a token for this set serves who needs the other.</summary>
    public bool Covers(ScopeSet other) => other._actions.All(wanted =>
        _actions.TryGetValue(wanted.Key, out SortedSet<string>? actions)
        && (actions.Contains("*") || actions.IsSupersetOf(wanted.Value)));

    /// <summary>The scopes in words, for example <c>library/nginx (pull, push)</c>.</summary>
    public string Describe() => string.Join(" and ", _actions.Select(entry =>
    {
        string name = entry.Key.StartsWith(RepositoryPrefix, StringComparison.Ordinal)
            ? entry.Key[RepositoryPrefix.Length..]
            : entry.Key;
        return entry.Value.Count == 0 ? name : $"{name} ({string.Join(", ", entry.Value)})";
    }));

    public override string ToString() => string.Join(' ', Scopes);

    private void Add(string scope)
    {
        // type:name:action,action. A name may hold a colon; a scope of another form (public.ecr.aws has "aws") stays
        // whole.
        int first = scope.IndexOf(':', StringComparison.Ordinal);
        int last = scope.LastIndexOf(':');
        string resource = first == last ? scope : scope[..last];
        if (!_actions.TryGetValue(resource, out SortedSet<string>? actions))
            _actions.Add(resource, actions = new SortedSet<string>(StringComparer.Ordinal));
        if (first != last)
            actions.UnionWith(scope[(last + 1)..].Split(',', StringSplitOptions.RemoveEmptyEntries));
    }
}
