using System.Diagnostics;
using OciTools.Operations;
using OciTools.Testing;

namespace OciTools.Reliability.Chaos;

/// <summary>
/// Processes that save overlapping images into one layout at once. Some are killed, and meanwhile what nothing refers
/// to is removed again and again; but not in every third round, where locks do nothing.
/// </summary>
internal sealed class WritersRound(int seed, int number, ChaosImages images)
{
    private const int Interval = 30;
    private const int First = 10;
    private const int Writers = 6;
    private const int SavesEach = 3;
    private const int LongestDelay = 20;
    private const int SweepPause = 3;
    private const string FormerTag = "former";
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    private readonly string _layout = Directory.CreateTempSubdirectory("ocitools-chaos-").FullName;
    private readonly Random _random = Plan.RandomOf(seed, number);
    private readonly bool _hasLocks = number / Interval % 3 != 1;
    private readonly List<string> _wrong = [];

    /// <summary>Whether an operation is such a round.</summary>
    public static bool Is(int number) => number % Interval == First;

    public async Task<WritersRecord> RunAsync(CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(s_limit);
        await using TestRegistry registry = await StartRegistryAsync();
        try
        {
            WritersRecord record = await RunAsync(registry, stop.Token);
            return record with { Duration = Stopwatch.GetElapsedTime(started) };
        }
        finally
        {
            Directory.Delete(_layout, recursive: true);
        }
    }

    private async Task<WritersRecord> RunAsync(TestRegistry registry, CancellationToken cancellationToken)
    {
        images.Former.WriteLayout(_layout, FormerTag);
        (Save[] Saves, Interruption Kill)[] plans =
            [.. Enumerable.Range(0, Writers).Select(i => MakePlan(registry, i))];

        using var isOver = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task<(int Sweeps, int Removed)> tidying = _hasLocks ? TidyAsync(isOver.Token) : Task.FromResult((0, 0));
        Written[] written = await Task.WhenAll(
            plans.Select(plan => WriteAsync(plan.Saves, plan.Kill, cancellationToken)));
        await isOver.CancelAsync();
        (int sweeps, int removed) = await tidying;

        (Save Save, JobEnd End)[] ends = [.. written.SelectMany(writer => writer.Ends)];
        Save[] reported = [.. ends.Where(end => end.End.Digest is not null).Select(end => end.Save)];
        Save[] stopped = [.. ends.Where(end => end.End.WasStopped).Select(end => end.Save)];
        _wrong.AddRange(ends.Where(end => end.End is { Digest: null, WasStopped: false })
            .Select(end => $"{end.Save.Tag} ended in {end.End.Code} {end.End.Message}"));
        Check(reported);
        foreach (Save save in stopped)
            await save.Job.RunAsync(new EventCount((_, _) => { }), cancellationToken);
        await OptimizeAsync();
        Holdings found = Check([.. reported, .. stopped]);
        CheckNothingElse(found, [.. reported, .. stopped]);
        return new WritersRecord
        {
            Number = number,
            HasLocks = _hasLocks,
            Processes = Writers,
            Killed = stopped.Length,
            Saves = reported.Length,
            CopiedAgain = written.Sum(writer => writer.CopiedAgain),
            Sweeps = sweeps,
            Removed = removed,
            Wrong = _wrong,
        };
    }

    /// <summary>Answers come late, so that saves take long enough to get in each other's way.</summary>
    private async Task<TestRegistry> StartRegistryAsync()
    {
        int[] delays = [.. Enumerable.Range(0, 64).Select(_ => _random.Next(LongestDelay))];
        int asked = 0;
        TestRegistry registry = await TestRegistry.StartAsync(new TestRegistryOptions
        {
            Middleware = async (context, next) =>
            {
                await Task.Delay(delays[Interlocked.Increment(ref asked) % delays.Length], context.RequestAborted);
                await next();
            },
        });
        for (int i = 0; i < images.Overlapping.Count; i++)
            images.Overlapping[i].AddTo(registry, Stage.Repository, $"v{i}");
        return registry;
    }

    /// <summary>What one process saves, and when it is killed: in its last save, if at all.</summary>
    private (Save[] Saves, Interruption Kill) MakePlan(TestRegistry registry, int writer)
    {
        Save[] saves = [.. Enumerable.Range(0, SavesEach).Select(i =>
        {
            int image = _random.Next(images.Overlapping.Count);
            string tag = $"w{writer}-{i}";
            string source = registry.Reference(Stage.Repository, $"v{image}");
            var job = new Job(JobKind.RegistryToLayout, source, $"oci:{_layout}:{tag}");
            return new Save(tag, images.Overlapping[image], job);
        })];
        return _hasLocks && writer % 2 == 1
            ? (saves[..(1 + _random.Next(SavesEach))],
                new Interruption(InterruptionKind.Kill, 1 + _random.Next(20), TimeSpan.Zero))
            : (saves, Interruption.None);
    }

    private async Task<Written> WriteAsync(Save[] saves, Interruption kill, CancellationToken cancellationToken)
    {
        await using var worker = _hasLocks
            ? WorkerProcess.Start()
            : WorkerProcess.Start(("DOTNET_SYSTEM_IO_DISABLEFILELOCKING", "true"));
        var ends = new List<(Save, JobEnd)>();
        foreach (Save save in saves)
        {
            Interruption own = save == saves[^1] ? kill : Interruption.None;
            ends.Add((save, await worker.RunAsync(save.Job, own, cancellationToken)));
        }

        return new Written(ends, worker.Retries);
    }

    private async Task<(int Sweeps, int Removed)> TidyAsync(CancellationToken isOver)
    {
        int sweeps = 0;
        int removed = 0;
        for (; !isOver.IsCancellationRequested; sweeps++)
        {
            removed += (await OptimizeAsync()).BlobsRemoved;
            await Task.Delay(SweepPause, CancellationToken.None);
        }

        return (sweeps, removed);
    }

    private Task<OciOptimizeResult> OptimizeAsync() =>
        new OptimizeLayoutOperation().RunAsync(new() { Path = _layout, MinimumAge = TimeSpan.Zero });

    /// <summary>Whether all these images are there, and everything that is there is right.</summary>
    private Holdings Check(IReadOnlyList<Save> saves)
    {
        var found = Holdings.OfLayout(_layout);
        IEnumerable<(string Tag, TestImage Image)> expected =
            saves.Select(save => (save.Tag, save.Image)).Append((FormerTag, images.Former));
        foreach ((string tag, TestImage image) in expected)
        {
            string? digest = found.Tags.GetValueOrDefault(tag);
            if (digest != image.Root.Digest.ToString())
                _wrong.Add($"{tag} is {digest ?? "nothing"}, and {image.Root.Digest} was saved");
        }

        var known = images.Overlapping.Append(images.Former).ToDictionary(image => image.Root.Digest.ToString());
        _wrong.AddRange(found.FindFlaws(known, conversion: null).Select(flaw => flaw.Text));
        return found;
    }

    private void CheckNothingElse(Holdings found, IReadOnlyList<Save> saves)
    {
        IEnumerable<string> needed = saves.Select(save => save.Image).Append(images.Former)
            .SelectMany(image => image.Contents).Select(content => content.Descriptor.Digest.ToString());
        _wrong.AddRange(found.Names.Except(needed).Select(digest => $"{digest} is there, and nothing needs it"));
    }

    private sealed record Save(string Tag, TestImage Image, Job Job);

    private sealed record Written(IReadOnlyList<(Save Save, JobEnd End)> Ends, int CopiedAgain);
}
