using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Reflection;
using OciTools.Transport;

namespace OciTools.Registry;

/// <summary>Sends single requests: to registries, to their token services and to where they redirect.</summary>
internal static class HttpExchange
{
    private static readonly ProductInfoHeaderValue s_userAgent = new(
        "OciTools",
        typeof(HttpExchange).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
            .InformationalVersion.Split('+')[0]);

    /// <summary>Sends a request and returns when the headers of the answer have arrived, whatever its status.</summary>
    /// <exception cref="OciException">The connection failed.</exception>
    public static async Task<HttpResponseMessage> SendAsync(
        HttpClient client,
        HttpRequestMessage request,
        IProgress<TransferEvent>? progress,
        CancellationToken cancellationToken)
    {
        request.Headers.UserAgent.Add(s_userAgent);
        if (progress is not null)
            request.Options.Set(RequestOptions.Progress, progress);

        long start = Stopwatch.GetTimestamp();
        HttpResponseMessage response;
        try
        {
            response = await client
                .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception error) when (TransportErrors.IsBroken(error))
        {
            throw TransportErrors.Create(error, request.RequestUri!);
        }

        progress?.Report(new TransferEvent
        {
            Kind = TransferEventKind.Requested,
            Message = string.Create(
                CultureInfo.InvariantCulture,
                $"{RequestText.Describe(request.Method, request.RequestUri!)} answered {(int)response.StatusCode} "
                    + $"in {Stopwatch.GetElapsedTime(start).TotalMilliseconds:0} ms"),
        });
        return response;
    }
}
