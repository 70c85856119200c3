using System.Diagnostics;

namespace OciTools.Reliability.Load;

/// <summary>What a process held at one moment.</summary>
/// <param name="ResidentBytes">The memory that it occupies.</param>
/// <param name="Handles">Its open files and sockets, or what counts as handles on Windows.</param>
/// <param name="Threads">Its threads.</param>
/// <param name="Processor">The processor time that it has used.</param>
internal readonly record struct ProcessSample(long ResidentBytes, int Handles, int Threads, TimeSpan Processor)
{
    public static ProcessSample Of(int processId)
    {
        using var process = Process.GetProcessById(processId);
        string descriptors = $"/proc/{processId}/fd";
        return new ProcessSample(
            process.WorkingSet64,
            Directory.Exists(descriptors)
                ? Directory.EnumerateFileSystemEntries(descriptors).Count()
                : process.HandleCount,
            process.Threads.Count,
            process.TotalProcessorTime);
    }
}
