using System.Diagnostics;

namespace OciTools.Reliability.Fuzz;

/// <summary>Runs inputs against one target, each under limits of time and memory.</summary>
internal sealed class FuzzRun(FuzzTarget target)
{
    /// <summary>Ample on a machine with other work: the inputs are small.</summary>
    private static readonly TimeSpan s_timeLimit = TimeSpan.FromSeconds(20);

    public int Cases { get; private set; }

    public int Refused { get; private set; }

    public TimeSpan Slowest { get; private set; }

    public long MostAllocated { get; private set; }

    /// <summary>Runs one input.</summary>
    /// <returns>What is wrong; null when all is well.</returns>
    public async Task<string?> RunAsync(byte[] input)
    {
        Cases++;
        long started = Stopwatch.GetTimestamp();
        long allocated = GC.GetTotalAllocatedBytes();
        string? problem = await JudgeAsync(input);
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        TimeSpan duration = Stopwatch.GetElapsedTime(started);
        MostAllocated = Math.Max(MostAllocated, allocated);
        Slowest = duration > Slowest ? duration : Slowest;
        return problem
            ?? (allocated > target.AllocationLimit ? $"it allocates {allocated} bytes for {input.Length}" : null);
    }

    private async Task<string?> JudgeAsync(byte[] input)
    {
        try
        {
            await Task.Run(() => target.RunAsync(input)).WaitAsync(s_timeLimit);
            return null;
        }
        catch (TimeoutException)
        {
            return $"it does not end within {s_timeLimit.TotalSeconds} s";
        }
        catch (Exception exception) when (target.IsDocumented(exception))
        {
            Refused++;
            return null;
        }
        catch (Exception exception)
        {
            return exception.ToString();
        }
    }
}
