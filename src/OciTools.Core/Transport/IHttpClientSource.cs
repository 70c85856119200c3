namespace OciTools.Transport;

/// <summary>
/// Hands out HTTP clients: the seam between the core, which knows registries, and the packages that know HTTP.
/// Only types of the base class library cross it.
/// </summary>
public interface IHttpClientSource
{
    /// <summary>
    /// The client for a profile, shared by all who ask with an equal one; never disposed by the caller.
    /// It follows no redirect, unpacks nothing, has no overall time limit, and repeats replayable requests as
    /// <see cref="RequestOptions"/> say. After a host has answered 429 or 503, all requests to it wait: as long as its
    /// <c>Retry-After</c> says, and else for a time that doubles while it goes on refusing.
    /// </summary>
    HttpClient GetClient(TransportProfile profile);
}
