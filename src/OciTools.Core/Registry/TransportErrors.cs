using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.RegularExpressions;

namespace OciTools.Registry;

/// <summary>Makes exceptions from connections that failed.</summary>
internal static partial class TransportErrors
{
    public static OciException Create(Exception error, Uri uri)
    {
        // The check of a certificate knows best why it refused.
        for (Exception? cause = error; cause is not null; cause = cause.InnerException)
        {
            if (cause is OciException known)
                return known;
        }

        string host = DisplayText.Sanitize(uri.Authority);
        Exception reason = error is TimeoutException ? error : error.InnerException ?? error;
        string detail = DisplayText.Sanitize(UserInformation().Replace(reason.Message, "//"));
        string message = error switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
                $"The name {host} could not be resolved. Check its spelling and the network.",
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } =>
                $"No connection to {host}: {detail}. Check the host, its port and the network.",
            HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } =>
                $"The proxy does not connect to {host}: {detail}. Check the proxy and its credential.",
            HttpRequestException { InnerException: AuthenticationException } =>
                $"{host} does not speak TLS with this computer: {detail} "
                + "If it is a registry without https, use -PlainHttp.",
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse } =>
                $"{host} does not answer in plain HTTP. If it is a registry with https, use -PlainHttp:$false.",
            TimeoutException => $"{host} began to answer and fell silent: {detail} Try again.",
            _ => $"The connection to {host} broke: {detail} Try again.",
        };
        OciErrorCode code = error is TimeoutException ? OciErrorCode.OperationTimeout : OciErrorCode.ConnectionFailed;
        return new OciException(code, message, host, UserInformation().IsMatch($"{error}") ? null : error);
    }

    /// <summary>
    /// Whether the error is one of the connection, so that the same request may succeed on another one. HttpClient lets
    /// the exception of the socket through when a connection breaks while it is made.
    /// </summary>
    public static bool IsBroken(Exception error) =>
        error is IOException or HttpRequestException or SocketException or TimeoutException;

    // The address of a proxy, which .NET quotes, may come with a password from the environment.
    [GeneratedRegex(@"//[^/\s]*@")]
    private static partial Regex UserInformation();
}
