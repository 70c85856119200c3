using System.Text;
using Microsoft.AspNetCore.Http;

namespace OciTools.Testing;

/// <summary>Who may do what: challenges, passwords and tokens.</summary>
internal sealed class AccessControl(TestRegistryOptions options, TokenService tokens)
{
    /// <summary>Whether the request may go on; else it has been answered with a challenge.</summary>
    public async Task<bool> AdmitAsync(HttpContext context, Route route)
    {
        string? error = options.Auth switch
        {
            RegistryAuth.Basic when IsUser(BasicCredential(context)) => null,
            RegistryAuth.Basic => "",
            RegistryAuth.Bearer => CheckToken(context, route),
            _ => null,
        };
        if (error is null)
            return true;

        context.Response.Headers.WWWAuthenticate =
            options.Auth == RegistryAuth.Basic ? "Basic realm=\"test registry\"" : Challenge(context, route, error);
        await context.SendErrorAsync(401, "UNAUTHORIZED", "authentication required");
        return false;
    }

    /// <summary>Whether the caller may pull from another repository, to mount a blob of it.</summary>
    public bool MayPull(HttpContext context, string repository) =>
        options.Auth != RegistryAuth.Bearer
        || tokens.Find(BearerToken(context))?.Scopes.Contains((repository, "pull")) == true;

    public bool IsUser((string User, string Password)? credential) =>
        credential == (options.UserName, options.Password);

    public static (string User, string Password)? BasicCredential(HttpContext context)
    {
        string header = context.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            return null;
        byte[] bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header["Basic ".Length..], bytes, out int length))
            return null;
        string[] parts = Encoding.UTF8.GetString(bytes, 0, length).Split(':', 2);
        return parts is [string user, string password] ? (user, password) : null;
    }

    /// <summary>The error of the challenge, which is empty when there is no token; null when all is well.</summary>
    private string? CheckToken(HttpContext context, Route route)
    {
        if (BearerToken(context) is not string text)
            return "";
        if (tokens.Find(text) is not IssuedToken token)
            return "invalid_token";
        (string name, string[] actions) = Required(context, route);
        return actions.All(action => token.Scopes.Contains((name, action))) ? null : "insufficient_scope";
    }

    private string Challenge(HttpContext context, Route route, string error)
    {
        string host = context.Request.Host.Value!;
        var challenge = new StringBuilder("Bearer realm=\"")
            .Append(options.Realm ?? $"{context.Request.Scheme}://{host}{TokenService.Path}")
            .Append("\",service=\"").Append(options.Service ?? host).Append('"');
        (string name, string[] actions) = Required(context, route);
        if (actions.Length > 0)
        {
            string type = route.Kind == RouteKind.Catalog ? "registry" : "repository";
            challenge.Append($",scope=\"{type}:{name}:{string.Join(',', actions)}\"");
        }

        if (error.Length > 0)
            challenge.Append($",error=\"{error}\"");
        return challenge.ToString();
    }

    private static (string Name, string[] Actions) Required(HttpContext context, Route route) => route.Kind switch
    {
        RouteKind.Base => ("", []),
        RouteKind.Catalog => ("catalog", ["*"]),
        _ => (route.Repository, context.Request.Method switch
        {
            "GET" or "HEAD" when route.Kind != RouteKind.Upload => ["pull"],
            "DELETE" when route.Kind != RouteKind.Upload => ["delete"],
            _ => ["pull", "push"],
        }),
    };

    private static string? BearerToken(HttpContext context)
    {
        string header = context.Request.Headers.Authorization.ToString();
        return header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase) ? header["Bearer ".Length..] : null;
    }
}
