using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace OciTools.Testing;

/// <summary>Issues tokens (distribution's "Token Authentication" and "OAuth2 Token Authentication").</summary>
internal sealed class TokenService(TestRegistryOptions options)
{
    public const string Path = "/token";

    private readonly ConcurrentDictionary<string, IssuedToken> _tokens = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _refreshTokens = new(StringComparer.Ordinal);

    public IssuedToken? Find(string? token) =>
        token is not null
        && _tokens.TryGetValue(token, out IssuedToken? found)
        && found.Expires > options.Time.GetUtcNow()
            ? found
            : null;

    /// <summary>Makes all access tokens invalid; refresh tokens stay good.</summary>
    public void RevokeAll() => _tokens.Clear();

    public string AddRefreshToken()
    {
        string token = NewToken();
        _refreshTokens[token] = options.UserName;
        return token;
    }

    public async Task HandleAsync(HttpContext context, RecordedRequest record)
    {
        switch (context.Request.Method)
        {
            case "GET":
                await GetAsync(context);
                break;
            case "POST" when options.OAuth2:
                await PostAsync(context, record);
                break;
            default:
                await context.SendErrorAsync(404, "UNSUPPORTED", "no such endpoint");
                break;
        }
    }

    private Task GetAsync(HttpContext context)
    {
        (string User, string Password)? credential = AccessControl.BasicCredential(context);
        bool hasCredential = context.Request.Headers.Authorization.Count > 0;
        if (hasCredential ? credential != (options.UserName, options.Password) : !MayBeAnonymous)
            return context.SendErrorAsync(401, "UNAUTHORIZED", "the user name or the password is wrong");

        IQueryCollection query = context.Request.Query;
        JsonObject answer = Issue(
            credential?.User, query["scope"].SelectMany(s => s!.Split(' ')), options.TokenMembers);
        if (credential is not null && query["offline_token"] == "true")
            answer["refresh_token"] = AddRefreshToken();
        return context.SendJsonAsync(answer);
    }

    private async Task PostAsync(HttpContext context, RecordedRequest record)
    {
        if (!context.Request.HasFormContentType)
        {
            await SendOAuthErrorAsync(context, "invalid_request");
            return;
        }

        IFormCollection form = await context.Request.ReadFormAsync(context.RequestAborted);
        record.Form = form.ToDictionary(f => f.Key, f => f.Value.ToString());
        string? refresh = null;
        string? user = form["grant_type"].ToString() switch
        {
            "password" when (form["username"], form["password"]) == (options.UserName, options.Password) =>
                options.UserName,
            "refresh_token" => _refreshTokens.GetValueOrDefault(refresh = form["refresh_token"].ToString()),
            _ => null,
        };
        if (user is null)
        {
            await SendOAuthErrorAsync(context, "invalid_grant");
            return;
        }

        JsonObject answer = Issue(user, form["scope"].SelectMany(s => s!.Split(' ')), ["access_token"]);
        if (refresh is not null || form["access_type"] == "offline")
            answer["refresh_token"] = refresh ?? AddRefreshToken();
        await context.SendJsonAsync(answer);
    }

    private JsonObject Issue(string? user, IEnumerable<string> scopes, IReadOnlyList<string> members)
    {
        HashSet<(string, string)> granted = [];
        foreach (string[] scope in scopes.Select(s => s.Split(':')).Where(s => s.Length >= 3))
        {
            // The name may hold a colon itself: it is what is between the first and the last.
            string name = string.Join(':', scope[1..^1]);
            foreach (string action in scope[^1].Split(',').Where(action => Permits(user, name, action)))
                granted.Add((name, action));
        }

        string token = NewToken();
        DateTimeOffset now = options.Time.GetUtcNow();
        _tokens[token] = new IssuedToken(user, now + options.TokenLifetime, granted);
        var answer = new JsonObject();
        foreach (string member in members)
            answer[member] = token;
        if (options.SaysExpiresIn)
        {
            answer["expires_in"] = (int)options.TokenLifetime.TotalSeconds;
            answer["issued_at"] = now.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");
        }

        return answer;
    }

    private bool MayBeAnonymous => options.AnonymousPull || options.Permits is not null;

    private bool Permits(string? user, string repository, string action) =>
        options.Permits?.Invoke(user, repository, action) ?? (user is not null || action == "pull");

    private static Task SendOAuthErrorAsync(HttpContext context, string error) =>
        context.SendJsonAsync(new JsonObject { ["error"] = error }, 400);

    private static string NewToken() => $"test.{Guid.NewGuid():N}{Guid.NewGuid():N}";
}
