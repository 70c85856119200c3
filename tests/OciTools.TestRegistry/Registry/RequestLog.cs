using Microsoft.AspNetCore.Http;

namespace OciTools.Testing;

/// <summary>What was asked, in the order of arrival, and how much of it at once.</summary>
internal sealed class RequestLog
{
    private readonly Lock _lock = new();
    private readonly List<RecordedRequest> _requests = [];
    private int _running;
    private TaskCompletionSource? _idle;

    public int Peak { get; private set; }

    public IReadOnlyList<RecordedRequest> Snapshot()
    {
        lock (_lock)
            return [.. _requests];
    }

    public void Clear()
    {
        lock (_lock)
        {
            _requests.Clear();
            Peak = _running;
        }
    }

    public RecordedRequest Begin(HttpContext context)
    {
        var request = new RecordedRequest
        {
            Method = context.Request.Method,
            Path = context.Request.Path.Value ?? "",
            Query = context.Request.QueryString.Value ?? "",
            Headers = context.Request.Headers.ToDictionary(
                h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            ConnectionId = context.Connection.Id,
            Protocol = context.Request.Protocol,
        };
        lock (_lock)
        {
            _requests.Add(request);
            Peak = Math.Max(Peak, ++_running);
        }

        return request;
    }

    public void End(RecordedRequest request, int? status)
    {
        lock (_lock)
        {
            request.Status = status;
            if (--_running == 0)
                _idle?.TrySetResult();
        }
    }

    /// <summary>Ends when no request is under way.</summary>
    public Task WaitForIdleAsync()
    {
        lock (_lock)
        {
            _idle = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _running == 0 ? Task.CompletedTask : _idle.Task;
        }
    }
}
