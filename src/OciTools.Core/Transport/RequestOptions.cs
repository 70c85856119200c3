namespace OciTools.Transport;

/// <summary>
/// What travels with a request from the core to the HTTP client, as <see cref="HttpRequestMessage.Options"/>.
/// </summary>
internal static class RequestOptions
{
    /// <summary>
    /// Whether the request may be sent again as it is. Absent means: only when its method is GET, HEAD or DELETE.
    /// </summary>
    public static readonly HttpRequestOptionsKey<bool> Replayable = new("OciTools.Replayable");

    /// <summary>Who hears of retries.</summary>
    public static readonly HttpRequestOptionsKey<IProgress<TransferEvent>> Progress = new("OciTools.Progress");
}
