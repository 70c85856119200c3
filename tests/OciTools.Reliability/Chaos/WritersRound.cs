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
    private int _sweeps;
    private int _removed;

    /// <summary>Whether an operation is such a round.</summary>
    public static bool Is(int number) => number % Interval == First;

    public async Task<WritersRecord> RunAsync(CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        stop.CancelAfter(s_limit);
        await using TestRegistry registry = await StartRegistryAsync();
        Written[] written = [];
        try
        {
            images.Former.WriteLayout(_layout, FormerTag);
            written = await WriteAsync(registry, stop.Token);
            await JudgeAsync(written, stop.Token);
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            _wrong.Add($"the round did not come to its end: {failure}");
        }
        finally
        {
            Directory.Delete(_layout, recursive: true);
        }

        return new WritersRecord
        {
            Number = number,
            HasLocks = _hasLocks,
            Processes = Writers,
            Killed = written.Count(save => save.End.WasStopped),
            Saves = written.Count(save => save.End.Digest is not null),
            CopiedAgain = written.Sum(save => save.Losses),
            Sweeps = _sweeps,
            Removed = _removed,
            Wrong = _wrong,
            Duration = Stopwatch.GetElapsedTime(started),
        };
    }

    /// <summary>Lets all processes write, and tidies up until the last has ended.</summary>
    private async Task<Written[]> WriteAsync(TestRegistry registry, CancellationToken cancellationToken)
    {
        (Save[] Saves, Interruption Kill)[] plans =
            [.. Enumerable.Range(0, Writers).Select(i => MakePlan(registry, i))];
        using var isOver = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task tidying = _hasLocks ? TidyAsync(isOver.Token) : Task.CompletedTask;
        try
        {
            IReadOnlyList<Written>[] written = await Task.WhenAll(
                plans.Select(plan => WriteAsync(plan.Saves, plan.Kill, cancellationToken)));
            return [.. written.SelectMany(writer => writer)];
        }
        finally
        {
            await isOver.CancelAsync();
            await tidying;
        }
    }

    private async Task JudgeAsync(Written[] written, CancellationToken cancellationToken)
    {
        foreach (Written save in written.Where(save => save.End is { Digest: null, WasStopped: false }))
            _wrong.Add($"{save.Save.Tag} ended in {save.End.Code} {save.End.Message}");
        foreach (Written save in written.Where(save => save.Losses > 1))
            _wrong.Add($"{save.Save.Tag} lost content {save.Losses} times");
        Save[] reported = [.. written.Where(save => save.End.Digest is not null).Select(save => save.Save)];
        Check(reported);

        Save[] stopped = [.. written.Where(save => save.End.WasStopped).Select(save => save.Save)];
        foreach (Save save in stopped)
            await save.Job.RunAsync(new EventCount((_, _) => { }), cancellationToken);
        await OptimizeAsync();
        Save[] all = [.. reported, .. stopped];
        CheckNothingElse(Check(all), all);
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

    private async Task<IReadOnlyList<Written>> WriteAsync(
        Save[] saves, Interruption kill, CancellationToken cancellationToken)
    {
        await using var worker = _hasLocks
            ? WorkerProcess.Start()
            : WorkerProcess.Start(("DOTNET_SYSTEM_IO_DISABLEFILELOCKING", "true"));
        var ends = new List<Written>();
        foreach (Save save in saves)
        {
            Interruption own = save == saves[^1] ? kill : Interruption.None;
            int before = worker.Losses;
            JobEnd end = await worker.RunAsync(save.Job, own, cancellationToken);
            ends.Add(new Written(save, end, worker.Losses - before));
        }

        return ends;
    }

    private async Task TidyAsync(CancellationToken isOver)
    {
        for (; !isOver.IsCancellationRequested; _sweeps++)
        {
            _removed += (await OptimizeAsync()).BlobsRemoved;
            await Task.Delay(SweepPause, CancellationToken.None);
        }
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

    /// <param name="Save">What was to be saved.</param>
    /// <param name="End">How that ended.</param>
    /// <param name="Losses">How often content was removed under its hands.</param>
    private sealed record Written(Save Save, JobEnd End, int Losses);
}
