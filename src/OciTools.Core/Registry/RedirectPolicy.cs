using OciTools.Transport;

namespace OciTools.Registry;

/// <summary>
/// Decides where a registry may send a request: by a redirect, by the <c>Location</c> of an upload, or by the
/// <c>urls</c> of a descriptor. All of these are as trustworthy as the registry.
/// </summary>
internal static class RedirectPolicy
{
    /// <summary>
    /// Whether both have the same scheme, host and port, so that credentials for one are for the other.
    /// </summary>
    public static bool IsSameOrigin(Uri one, Uri other) =>
        one.Scheme == other.Scheme && one.Port == other.Port && HostPlace.Of(one) == HostPlace.Of(other);

    /// <summary>Refuses to go where it would be unsafe.</summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.UnsafeRedirect"/>.</exception>
    public static void Ensure(Uri from, Uri to)
    {
        if (Refusal(from, to) is { } reason)
        {
            // Shown without its query, which may hold a signature, and without user information.
            string target = to.IsAbsoluteUri ? RequestText.Describe(to) : DisplayText.Sanitize(to.OriginalString);
            throw new OciException(
                OciErrorCode.UnsafeRedirect,
                $"{from.Authority} sends the request to {target}, {reason}. "
                    + "It was not followed; ask the registry's operator.",
                from.Authority);
        }
    }

    private static string? Refusal(Uri from, Uri to)
    {
        if (!to.IsAbsoluteUri || to.Scheme is not ("http" or "https") || HostPlace.Of(to).Length == 0)
            return "which is not a web address";

        if (to.UserInfo.Length > 0)
            return "which carries user information";

        if (from.Scheme == "https" && to.Scheme != "https")
            return "which is not encrypted";

        string source = HostPlace.Of(from);
        string target = HostPlace.Of(to);
        bool comesNearer = source != target && HostPlace.Find(target) > HostPlace.Find(source);
        return comesNearer ? "which is an address of this computer or of a private network" : null;
    }
}
