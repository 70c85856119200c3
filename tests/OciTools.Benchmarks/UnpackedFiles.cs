using System.Diagnostics;
using System.Formats.Tar;

namespace OciTools.Benchmarks;

/// <summary>Counts the files of an image that was unpacked.</summary>
internal static class UnpackedFiles
{
    public static async Task<int> CountAsync(Endpoint unpacked, CancellationToken cancellationToken) =>
        unpacked.Place switch
        {
            Place.Tar => CountTar(unpacked.Location),
            Place.Git => await CountGitAsync(unpacked.Location, cancellationToken),
            _ => Directory.EnumerateFiles(unpacked.Location, "*", SearchOption.AllDirectories).Count(),
        };

    private static int CountTar(string path)
    {
        int files = 0;
        using var reader = new TarReader(File.OpenRead(path));
        while (reader.GetNextEntry() is { } entry)
            files += entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile ? 1 : 0;
        return files;
    }

    /// <summary>The commit has two files of its own, whose names start with a dot.</summary>
    private static async Task<int> CountGitAsync(string path, CancellationToken cancellationToken)
    {
        using Process git = Process.Start(
            new ProcessStartInfo("git", ["--git-dir", path, "ls-tree", "-r", "--name-only", "main"])
            {
                RedirectStandardOutput = true,
            })!;
        string names = await git.StandardOutput.ReadToEndAsync(cancellationToken);
        await git.WaitForExitAsync(cancellationToken);
        return names.Split('\n', StringSplitOptions.RemoveEmptyEntries).Count(name => !name.StartsWith('.'));
    }
}
