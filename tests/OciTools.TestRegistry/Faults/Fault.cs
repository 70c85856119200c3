using System.IO.Compression;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace OciTools.Testing;

/// <summary>
/// What a <see cref="TestRegistry"/> does wrong, to which requests, and how often: once unless told otherwise.
/// </summary>
/// <example><c>registry.Faults.Add(Fault.On("GET", "/blobs/").Times(2).Status(503));</c></example>
public sealed class Fault
{
    private readonly string _method;
    private readonly string _path;
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<(string Name, string? Value)> _headers = [];
    private readonly BodyFault _body = new();
    private Func<HttpContext, bool> _when = _ => true;
    private Func<HttpContext, Task>? _answer;
    private int _skip;
    private int? _left = 1;
    private bool _ignoresRange;
    private bool _unpacked = true;
    private bool _stallsFirst;
    private bool _losesAnswer;
    private long? _cutRequestAfter;
    private int _hits;

    private Fault(string method, string path)
    {
        _method = method;
        _path = path;
        _body.Stall = WaitAsync;
    }

    /// <summary>How many requests it has hit.</summary>
    public int Hits => Volatile.Read(ref _hits);

    /// <summary>Ends when a request has come to the place where it stalls.</summary>
    public Task Reached => _reached.Task;

    /// <param name="method">The method, or * for all.</param>
    /// <param name="path">A part of the path.</param>
    public static Fault On(string method, string path) => new(method, path);

    /// <summary>Narrows the requests that it hits.</summary>
    public Fault When(Func<HttpContext, bool> when) => With(() => _when = when);

    /// <summary>Hits so many requests.</summary>
    public Fault Times(int count) => With(() => _left = count);

    /// <summary>Hits every request.</summary>
    public Fault Always() => With(() => _left = null);

    /// <summary>Spares the first requests.</summary>
    public Fault Sparing(int count) => With(() => _skip = count);

    /// <summary>Lets what stalls go on.</summary>
    public void Release() => _released.TrySetResult();

    /// <summary>Answers itself, in place of the registry.</summary>
    public Fault Answer(Func<HttpContext, Task> answer) => With(() => _answer = answer);

    /// <summary>Answers with a status, and an error body of the registry's form unless one is given.</summary>
    public Fault Status(int status, string? body = null, string contentType = "application/json") => Answer(context =>
        body is null
            ? context.SendErrorAsync(status, status == 429 ? "TOOMANYREQUESTS" : "UNKNOWN", "a fault on demand")
            : context.SendAsync(System.Text.Encoding.UTF8.GetBytes(body), contentType, status));

    /// <summary>Answers 429 with <c>Retry-After</c> in seconds.</summary>
    public Fault TooManyRequests(int retryAfterSeconds) =>
        Status(429).Header("Retry-After", retryAfterSeconds.ToString());

    /// <summary>Answers 429 with <c>Retry-After</c> as a date.</summary>
    public Fault TooManyRequests(DateTimeOffset retryAt) => Status(429).Header("Retry-After", retryAt.ToString("R"));

    /// <summary>Answers with a redirect.</summary>
    public Fault RedirectTo(string location, int status = 307) => RedirectTo(_ => location, status);

    /// <summary>Answers with a redirect that depends on the request.</summary>
    public Fault RedirectTo(Func<HttpContext, string> location, int status = 307) => Answer(context =>
    {
        context.Response.StatusCode = status;
        context.Response.Headers.Location = location(context);
        return Task.CompletedTask;
    });

    /// <summary>Resets the connection (TCP RST) and answers nothing.</summary>
    public Fault ResetBeforeHeaders() => Answer(context => throw Reset(context));

    /// <summary>Sends nothing until released.</summary>
    public Fault StallBeforeHeaders() => With(() => _stallsFirst = true);

    /// <summary>Answers as though no range had been asked for.</summary>
    public Fault IgnoreRange() => With(() => _ignoresRange = true);

    /// <summary>Sets a header of the answer, whatever the registry said; null removes it.</summary>
    /// <remarks>For a wrong digest, media type, <c>Content-Range</c>, a warning and the like.</remarks>
    public Fault Header(string name, string? value) => With(() => _headers.Add((name, value)));

    /// <summary>Closes the connection when so many bytes of the body have been sent, all of which arrive.</summary>
    public Fault CutAfter(long bytes) => With(() => _body.CutAfter = bytes);

    /// <summary>Resets the connection (TCP RST) when so many bytes of the body have been written.</summary>
    /// <remarks>
    /// A reset overtakes what is still under way, even headers. To be sure of what arrives, stall at the same place and
    /// release when the client has read it.
    /// </remarks>
    public Fault ResetAfter(long bytes) => With(() => (_body.CutAfter, _body.Resets) = (bytes, true));

    /// <summary>Resets the connection (TCP RST) when so many bytes of the request's body have been read.</summary>
    public Fault ResetRequestAfter(long bytes) => With(() => _cutRequestAfter = bytes);

    /// <summary>Does what was asked, and resets the connection (TCP RST) instead of saying so.</summary>
    /// <remarks>For requests whose answer has no body.</remarks>
    public Fault LoseAnswer() => With(() => _losesAnswer = true);

    /// <summary>Sends so many bytes of the body, and no more until released.</summary>
    public Fault StallAfter(long bytes) => With(() => _body.StallAfter = bytes);

    /// <summary>Turns over a bit of the byte at a place in the body.</summary>
    public Fault CorruptAt(long position) => With(() => _body.CorruptAt = position);

    /// <summary>Makes the body longer, <c>Content-Length</c> too.</summary>
    public Fault AppendBytes(int count) => With(() => _body.Append = count);

    /// <summary>Leaves out the end of the body, in <c>Content-Length</c> too, so that the answer looks whole.</summary>
    public Fault DropLast(long count) => With(() => _body.DropLast = count);

    /// <summary>Sends the body without <c>Content-Length</c>, in chunks.</summary>
    public Fault WithoutLength() => Header("Content-Length", null);

    /// <summary>Compresses the body and says so in <c>Content-Encoding</c>.</summary>
    public Fault Gzip() => With(() => _unpacked = false);

    /// <summary>Sends the body in pieces, with a pause after each.</summary>
    public Fault Drip(int bytes, TimeSpan pause) => With(() => (_body.DripLength, _body.DripPause) = (bytes, pause));

    /// <summary>Whether the request is one to hit; counts it.</summary>
    internal bool Takes(HttpContext context)
    {
        string path = context.Request.Path.Value ?? "";
        if ((_method != "*" && _method != context.Request.Method)
            || !path.Contains(_path, StringComparison.Ordinal) || !_when(context))
        {
            return false;
        }

        lock (_headers)
        {
            if (_skip > 0)
            {
                _skip--;
                return false;
            }

            if (_left == 0)
                return false;
            _left--;
            _hits++;
            return true;
        }
    }

    internal async Task ApplyAsync(HttpContext context, Func<Task> next)
    {
        if (_ignoresRange)
            context.Request.Headers.Range = default;
        context.Response.OnStarting(() =>
        {
            ChangeHeaders(context.Response);
            return Task.CompletedTask;
        });
        if (_stallsFirst)
            await WaitAsync(context.RequestAborted);

        if (_cutRequestAfter is long cut)
            context.Request.Body = new CutRequestBody(context.Request.Body, cut, () => Reset(context));

        if (_losesAnswer)
        {
            await RunAsync();
            throw Reset(context);
        }

        IHttpResponseBodyFeature original = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        if (_body.IsNone && _unpacked)
        {
            await RunAsync();
            return;
        }

        var faulty = new FaultyBody(original.Stream, _body, context);
        Stream body = _unpacked ? faulty : new GZipStream(faulty, CompressionLevel.Fastest, leaveOpen: true);
        var feature = new StreamResponseBodyFeature(body, original);
        context.Features.Set<IHttpResponseBodyFeature>(feature);
        try
        {
            await RunAsync();
            await feature.Writer.FlushAsync(context.RequestAborted);
            if (!_unpacked && !HttpMethods.IsHead(context.Request.Method))
                await body.DisposeAsync();
            await faulty.EndAsync(context.RequestAborted);
        }
        catch (FaultyBody.CutException)
        {
            if (_body.Resets)
                throw Reset(context);
            await original.Stream.FlushAsync(context.RequestAborted);
        }
        finally
        {
            context.Features.Set(original);
        }

        Task RunAsync() => _answer is null ? next() : _answer(context);
    }

    private static OperationCanceledException Reset(HttpContext context)
    {
        // Closing with a linger time of nothing is what sends RST rather than FIN.
        context.Features.Get<IConnectionSocketFeature>()?.Socket.Close(0);
        context.Abort();
        return new OperationCanceledException("The connection was reset.");
    }

    private void ChangeHeaders(HttpResponse response)
    {
        if (response.ContentLength is long length)
            response.ContentLength = _unpacked ? _body.ChangeLength(length) : null;
        if (!_unpacked)
            response.Headers.ContentEncoding = "gzip";
        foreach ((string name, string? value) in _headers)
            response.Headers[name] = value;
    }

    private async Task WaitAsync(CancellationToken cancellationToken)
    {
        _reached.TrySetResult();
        await _released.Task.WaitAsync(cancellationToken);
    }

    private Fault With(Action change)
    {
        change();
        return this;
    }
}
