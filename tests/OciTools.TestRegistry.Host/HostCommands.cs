using System.Globalization;
using System.Text.Json;

namespace OciTools.Testing;

/// <summary>What another process can have a registry do: one line asks, one line of JSON answers.</summary>
internal sealed class HostCommands(TestRegistry registry)
{
    private Fault? _last;

    public string Describe() => Json(new
    {
        registry.Host,
        Url = registry.Url.ToString(),
        registry.Options.UserName,
        registry.Options.Password,
        AuthorityPath = registry.Options.Tls ? registry.Certificates.AuthorityPath : null,
    });

    public async Task<string> RunAsync(string line) => line.Split(' ') switch
    {
        ["stall", var method, var path, var bytes] => Add(Fault.On(method, path).StallAfter(Number(bytes))),
        ["hold", var method, var path] => Add(Fault.On(method, path).StallBeforeHeaders()),
        ["drip", var method, var path, var bytes, var pause] =>
            Add(Fault.On(method, path).Drip(Number(bytes), TimeSpan.FromMilliseconds(Number(pause)))),
        ["status", var method, var path, var status] => Add(Fault.On(method, path).Status(Number(status))),
        ["refuse", var method, var path, var status, var times, var seconds] =>
            Add(Fault.On(method, path).Status(Number(status)).Header("Retry-After", seconds), Number(times)),
        ["quota", var path, var limit, var remaining] => Add(Fault.On("*", path)
            .Header("RateLimit-Limit", limit)
            .Header("RateLimit-Remaining", remaining)
            .Header("Docker-RateLimit-Source", "192.0.2.1")),
        ["corrupt", var method, var path, var place] => Add(Fault.On(method, path).CorruptAt(Number(place))),
        ["reached"] => await ReachedAsync(),
        ["clear"] => Clear(),
        ["requests"] => Json(registry.Requests.Select(request => request.ToString())),
        ["ranges"] => Json(registry.Requests.Select(request => request.Header("Range")).OfType<string>()),
        ["unanswered"] => Json(registry.Requests.Count(request => request.Status is null)),
        ["tags", var repository] => Json(registry.GetTags(repository)),
        ["digest", var repository, var name] => Json(registry.GetManifest(repository, name)?.Digest.ToString()),
        _ => throw new ArgumentException($"'{line}' is no command.", nameof(line)),
    };

    private string Add(Fault fault, int? times = null)
    {
        _last = registry.Faults.Add(times is { } count ? fault.Times(count) : fault.Always());
        return Json(true);
    }

    /// <summary>Waits until a request has come to where the last fault stalls.</summary>
    private async Task<string> ReachedAsync()
    {
        await _last!.Reached;
        return Json(true);
    }

    private string Clear()
    {
        registry.Faults.Clear();
        registry.ClearRequests();
        return Json(true);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static string Json(object? value) => JsonSerializer.Serialize(value);
}
