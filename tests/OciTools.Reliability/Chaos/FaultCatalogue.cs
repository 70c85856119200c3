using Microsoft.AspNetCore.Http;
using OciTools.Testing;

namespace OciTools.Reliability.Chaos;

/// <summary>All faults that are injected.</summary>
internal sealed partial record FaultKind
{
    private const string Uploads = "/blobs/uploads/";
    private const string WrongDigest = "sha256:0000000000000000000000000000000000000000000000000000000000000001";

    private static readonly OciErrorCode[] s_fileErrors =
    [
        OciErrorCode.ContentMismatch, OciErrorCode.ManifestInvalid, OciErrorCode.ManifestNotFound,
        OciErrorCode.BlobNotFound, OciErrorCode.ArchiveInvalid, OciErrorCode.LayoutInvalid,
        OciErrorCode.LayoutNotFound, OciErrorCode.NotSupported,
    ];

    public static IReadOnlyList<FaultKind> All { get; } =
    [
        // What breaks, stalls or is refused for a while must be survived.
        new("body cut", FaultPlace.Source, s => CutBodies(s, (fault, at) => fault.CutAfter(at))),
        new("body reset", FaultPlace.Source, s => CutBodies(s, (fault, at) => fault.ResetAfter(at))),
        new("body stalled", FaultPlace.Source, s =>
        {
            TestContent blob = s.AnyBlob();
            s.Add(s.OnGet(blob).StallAfter(s.AnyPlaceIn(blob)));
        }),
        new("headers stalled", FaultPlace.Source, s => s.Add(s.OnGet(s.AnyContent()).StallBeforeHeaders())),
        new("answer reset", FaultPlace.Source, s => s.Add(s.OnGet(s.AnyContent()).Times(Few(s)).ResetBeforeHeaders())),
        new("headers cut", FaultPlace.AnyRegistry, s =>
        {
            s.Proxy.Options.CutAfter = s.Random.Next(1, 250);
            s.Proxy.Options.CutConnections = Few(s);
            s.Counts(() => Math.Min(s.Proxy.ConnectionCount, s.Proxy.Options.CutConnections));
        }),
        new("connections cut", FaultPlace.Source, s =>
        {
            s.Proxy.Options.CutAfter = s.Random.Next(300_000, 3_000_000);
            s.Counts(() => Math.Max(0, s.Proxy.ConnectionCount - 1));
        }),
        new("body drips", FaultPlace.Source, s =>
        {
            TestContent content = s.AnyContent();
            s.Add(s.OnGet(content).Drip(1 + (content.Bytes.Length / 50), TimeSpan.FromMilliseconds(2)));
        }),
        new("range ignored", FaultPlace.Source, s =>
        {
            TestContent blob = s.AnyBlob();
            s.Add(s.OnGet(blob).When(AsksForRange).IgnoreRange());
            s.Registry.Faults.Add(s.OnGet(blob).CutAfter(s.AnyPlaceIn(blob)));
        }),
        new("429, Retry-After", FaultPlace.AnyRegistry, s => s.Add(Any(s).TooManyRequests(1))),
        new("429", FaultPlace.AnyRegistry, s => s.Add(Any(s).Times(Few(s)).Status(429))),
        new("503, Retry-After", FaultPlace.AnyRegistry, s => s.Add(
            Any(s).Status(503).Header("Retry-After", DateTimeOffset.UtcNow.AddSeconds(1).ToString("R")))),
        new("500 to 504", FaultPlace.AnyRegistry, s => s.Add(
            Any(s).Times(Few(s)).Status(OneOf(s, 500, 502, 503, 504)))),
        new("reordered", FaultPlace.AnyRegistry, s =>
        {
            int delayed = 0;
            int[] delays = [.. Enumerable.Range(0, 64).Select(_ => s.Random.Next(50))];
            s.Before(async (context, next) =>
            {
                await Task.Delay(delays[Interlocked.Increment(ref delayed) % delays.Length], context.RequestAborted);
                await next();
            });
            s.Counts(() => delayed);
        }),
        new("upload reset", FaultPlace.Destination, s => s.Add(
            Fault.On("*", Uploads).When(HasBody).Sparing(s.Random.Next(3)).Times(Few(s))
                .ResetRequestAfter(s.AnyPlaceIn(s.AnyBlob())))),
        new("upload stalled", FaultPlace.Destination, s => s.Add(
            Fault.On("*", Uploads).When(HasBody).Sparing(s.Random.Next(3)).StallBeforeHeaders())),
        new("upload lost", FaultPlace.Destination, s => s.Add(
            Fault.On("*", Uploads).When(HasBody).Sparing(s.Random.Next(3)).Status(404))),
        new("confirmation lost", FaultPlace.Destination, s => s.Add(
            OneOf(s, Fault.On("PUT", ""), Fault.On("POST", Uploads)).Sparing(s.Random.Next(4)).LoseAnswer())),
        new("wrong digest of a blob", FaultPlace.Source, s => s.Add(
            s.OnGet(s.AnyBlob()).Header("Docker-Content-Digest", WrongDigest))),
        new("tag moved", FaultPlace.Source, s =>
        {
            int moved = 0;
            s.Before(async (context, next) =>
            {
                await next();
                if (context.Request.Path.Value!.EndsWith($"/manifests/{Stage.Tag}", StringComparison.Ordinal)
                    && Interlocked.Exchange(ref moved, 1) == 0)
                    s.Registry.Tag(Stage.Repository, Stage.Tag, s.Stage.Successor.Root.Digest);
            });
            s.Counts(() => moved);
        }),

        // What lies or stays broken may end in an error that says so.
        new("429 for good", FaultPlace.AnyRegistry, s => s.Add(Any(s).Always().Status(429)),
            OciErrorCode.RateLimited),
        new("503 for good", FaultPlace.AnyRegistry, s => s.Add(Any(s).Always().Status(503)),
            OciErrorCode.RegistryUnavailable),
        new("404 once", FaultPlace.Source, s => s.Add(s.OnGet(s.AnyContent()).Status(404)),
            OciErrorCode.ManifestNotFound, OciErrorCode.BlobNotFound),
        new("blob corrupt", FaultPlace.Source, s =>
        {
            TestContent blob = s.AnyBlob();
            s.Add(s.OnGet(blob).CorruptAt(s.AnyPlaceIn(blob)));
        }, OciErrorCode.ContentMismatch, OciErrorCode.ManifestInvalid),
        new("document corrupt", FaultPlace.Source, s =>
        {
            TestContent document = s.AnyDocument();
            s.Add(s.OnGet(document).CorruptAt(s.AnyPlaceIn(document)));
        }, OciErrorCode.ContentMismatch, OciErrorCode.ManifestInvalid),
        new("wrong length", FaultPlace.Source, s => s.Add(OneOf(
            s,
            s.OnGet(s.AnyContent()).AppendBytes(s.Random.Next(1, 100)),
            s.OnGet(s.AnyContent()).DropLast(s.Random.Next(1, 100)))),
            OciErrorCode.ContentMismatch, OciErrorCode.ManifestInvalid),
        new("wrong range", FaultPlace.Source, s =>
        {
            TestContent blob = s.AnyBlob();
            long length = blob.Bytes.Length;
            s.Add(s.OnGet(blob).When(AsksForRange).Header("Content-Range", OneOf(
                s, $"bytes 1-{length - 1}/{length}", $"bytes 0-{length}/{length + 1}", "bytes */5", "nonsense")));
            s.Registry.Faults.Add(s.OnGet(blob).CutAfter(s.AnyPlaceIn(blob)));
        }, OciErrorCode.RegistryProtocol, OciErrorCode.ContentMismatch),
        new("wrong digest of a document", FaultPlace.Source, s => s.Add(
            Fault.On("*", "/manifests/").Sparing(s.Random.Next(3)).Header("Docker-Content-Digest", WrongDigest)),
            OciErrorCode.ContentMismatch, OciErrorCode.RegistryProtocol),
        new("wrong media type", FaultPlace.Source, s => s.Add(
            s.OnGet(s.AnyDocument()).Header(
                "Content-Type", OneOf(s, "text/html", MediaTypes.OciIndex, MediaTypes.OciConfig))),
            OciErrorCode.ManifestInvalid, OciErrorCode.RegistryProtocol, OciErrorCode.ContentMismatch,
            OciErrorCode.NotSupported),
        new("packed body", FaultPlace.Source, s => s.Add(s.OnGet(s.AnyContent()).Gzip()),
            OciErrorCode.RegistryProtocol, OciErrorCode.ContentMismatch, OciErrorCode.ManifestInvalid),
        new("page of a portal", FaultPlace.Source, s => s.Add(
            s.OnGet(s.AnyContent()).Status(200, "<html>Sign in to the network</html>", "text/html")),
            OciErrorCode.ContentMismatch, OciErrorCode.ManifestInvalid, OciErrorCode.RegistryProtocol,
            OciErrorCode.NotSupported),
        new("no Location", FaultPlace.Destination, s => s.Add(
            Fault.On("POST", Uploads).Sparing(s.Random.Next(3)).Header("Location", null)),
            OciErrorCode.RegistryProtocol),
        new("false HEAD", FaultPlace.Destination, s => s.Add(Fault.On("HEAD", "/blobs/").Times(Few(s)).Answer(context =>
        {
            string path = context.Request.Path.Value!;
            var digest = Digest.Parse(path[(path.LastIndexOf('/') + 1)..]);
            context.Response.ContentLength = s.Stage.Image[digest].Length;
            return Task.CompletedTask;
        })), OciErrorCode.BlobNotFound),
        new("file corrupt", FaultPlace.File, s => ChangeFile(s, (file, at) =>
        {
            file.Position = at;
            int value = file.ReadByte();
            file.Position = at;
            file.WriteByte((byte)(value ^ (1 << s.Random.Next(8))));
        }), s_fileErrors),
        new("file cut", FaultPlace.File, s => ChangeFile(s, (file, at) => file.SetLength(at)), s_fileErrors),
        new("disk full", FaultPlace.Disk, s =>
        {
            s.Stage.Disk!.Shrink(s.Random.NextInt64(s.Stage.Moved.Sum(content => (long)content.Bytes.Length)));
            s.Counts(() => 1);
        }, OciErrorCode.WriteFailed),
    ];

    private static void CutBodies(FaultScene scene, Func<Fault, long, Fault> cut)
    {
        for (int i = Few(scene); i > 0; i--)
        {
            TestContent content = scene.AnyContent();
            scene.Add(cut(scene.OnGet(content), scene.AnyPlaceIn(content)));
        }
    }

    private static void ChangeFile(FaultScene scene, Action<FileStream, long> change)
    {
        Stage stage = scene.Stage;
        string[] files = stage.Job.Kind.ReadsArchive()
            ? [stage.SourceArchive]
            : Directory.GetFiles(stage.SourceLayout, "*", SearchOption.AllDirectories);
        Array.Sort(files, StringComparer.Ordinal);
        using FileStream file = File.Open(files[scene.Random.Next(files.Length)], FileMode.Open);
        change(file, scene.Random.NextInt64(file.Length));
        scene.Counts(() => 1);
    }

    /// <summary>Hits any request, not always the first.</summary>
    private static Fault Any(FaultScene scene) => Fault.On("*", "/v2/").Sparing(scene.Random.Next(6));

    private static int Few(FaultScene scene) => scene.Random.Next(1, 4);

    private static T OneOf<T>(FaultScene scene, params T[] choices) => choices[scene.Random.Next(choices.Length)];

    private static bool AsksForRange(HttpContext context) => context.Request.Headers.Range.Count > 0;

    private static bool HasBody(HttpContext context) => context.Request.ContentLength > 0;
}
