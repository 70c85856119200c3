using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Authentication;
using OciTools.Transport;
using Polly;
using Polly.Timeout;

namespace OciTools.Http;

/// <summary>What is worth another attempt, and when.</summary>
internal static class RetryRules
{
    // Where nobody listens, a wrong port is likelier than a registry that restarts.
    private const int RetriesWhenRefused = 2;

    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(5);

    public static bool IsReplayable(HttpRequestMessage request) =>
        request.Options.TryGetValue(RequestOptions.Replayable, out bool replayable)
            ? replayable
            : request.Content is null
                && (request.Method == HttpMethod.Get
                    || request.Method == HttpMethod.Head
                    || request.Method == HttpMethod.Delete);

    /// <param name="outcome">How the attempt ended.</param>
    /// <param name="attempt">Which attempt it was; the first is 0.</param>
    public static bool MayPass(Outcome<HttpResponseMessage> outcome, int attempt) => outcome switch
    {
        { Result: { } response } => MayPass(response.StatusCode),
        { Exception: TimeoutRejectedException } => true,
        { Exception: OperationCanceledException error } => IsConnectTimeout(error),
        { Exception: HttpRequestException error } => MayPass(error, attempt),
        // HttpClient lets the bare exception through when a connection breaks while it is made.
        { Exception: SocketException } => true,
        _ => false,
    };

    /// <summary>SocketsHttpHandler reports its connect timeout as a cancellation.</summary>
    public static bool IsConnectTimeout(OperationCanceledException error) => error.InnerException is TimeoutException;

    /// <summary>Whether the host refuses because it is asked too much.</summary>
    public static bool IsRefusal([NotNullWhen(true)] HttpResponseMessage? response) =>
        response?.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;

    /// <summary>The pause that a refusal asks for; null when it asks for none.</summary>
    public static TimeSpan? PauseAskedBy(HttpResponseMessage response, TimeProvider time)
    {
        RetryConditionHeaderValue? header = response.Headers.RetryAfter;
        TimeSpan? asked = header?.Delta ?? (header?.Date - time.GetUtcNow());
        return asked is { } pause
            ? TimeSpan.FromTicks(Math.Clamp(pause.Ticks, 0, s_longestPause.Ticks))
            : null;
    }

    private static bool MayPass(HttpStatusCode status) => status
        is HttpStatusCode.RequestTimeout
        or HttpStatusCode.TooManyRequests
        or HttpStatusCode.InternalServerError
        or HttpStatusCode.BadGateway
        or HttpStatusCode.ServiceUnavailable
        or HttpStatusCode.GatewayTimeout;

    // A wrong name, a refused certificate and a server without TLS stay what they are.
    private static bool MayPass(HttpRequestException error, int attempt) => error.InnerException switch
    {
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => attempt < RetriesWhenRefused,
        AuthenticationException or OciException => false,
        _ => error.HttpRequestError is not (HttpRequestError.NameResolutionError or HttpRequestError.InvalidResponse),
    };
}
