using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace OciTools.RootFs;

/// <summary>
/// Feeds a repository through <c>git fast-import</c>. Branches move only at the end, when everything is there.
/// </summary>
internal sealed class FastImport : IAsyncDisposable
{
    private const int BufferLength = 128 * 1024;

    // Quick rather than small: "git gc" packs better, and has the time.
    private static readonly string[] s_arguments =
    [
        "-c", "pack.compression=1", "-c", "core.bigFileThreshold=16m",
        "fast-import", "--quiet", "--done", "--depth=0", "--date-format=raw",
    ];

    private readonly Process _process;
    private readonly BufferedStream _input;
    private readonly Task<string> _output;
    private readonly Task<string> _error;
    private readonly string _repository;
    private bool _isDone;

    /// <summary>Starts git.</summary>
    /// <param name="git">Runs it.</param>
    /// <param name="repository">The repository, for the message of an error.</param>
    /// <param name="force">Whether branches may move to commits that do not follow their own.</param>
    public FastImport(GitProgram git, string repository, bool force)
    {
        _repository = repository;
        _process = git.Start(force ? [.. s_arguments, "--force"] : s_arguments);
        _input = new BufferedStream(_process.StandardInput.BaseStream, BufferLength);
        _output = _process.StandardOutput.ReadToEndAsync();
        _error = GitProgram.ReadErrorAsync(_process);
    }

    /// <summary>Writes text as it is, with a line feed.</summary>
    public Task WriteLineAsync(string line, CancellationToken cancellationToken) =>
        WriteAsync(TarText.Encode(line + "\n"), cancellationToken);

    /// <summary>Writes bytes as they are.</summary>
    public async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        try
        {
            await _input.WriteAsync(bytes, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            throw await FailAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Writes bytes with their length before them.</summary>
    public async Task WriteDataAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await WriteLineAsync(Length(data.Length), cancellationToken).ConfigureAwait(false);
        await WriteAsync(data, cancellationToken).ConfigureAwait(false);
        await WriteLineAsync("", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Writes a stream of known length.</summary>
    public async Task WriteDataAsync(Stream data, long length, CancellationToken cancellationToken)
    {
        await WriteLineAsync(Length(length), cancellationToken).ConfigureAwait(false);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferLength);
        try
        {
            int read;
            while ((read = await data.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
                await WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        await WriteLineAsync("", cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Quotes a path as fast-import reads it.</summary>
    public static string Quote(string path)
    {
        var quoted = new StringBuilder(path.Length + 2).Append('"');
        foreach (char character in path)
        {
            _ = character switch
            {
                '"' or '\\' => quoted.Append('\\').Append(character),
                '\n' => quoted.Append("\\n"),
                _ => quoted.Append(character),
            };
        }

        return quoted.Append('"').ToString();
    }

    /// <summary>Ends the import: only now are the branches where they should be.</summary>
    /// <returns>What git answered, line by line.</returns>
    public async Task<IReadOnlyList<string>> CompleteAsync(CancellationToken cancellationToken)
    {
        await WriteLineAsync("done", cancellationToken).ConfigureAwait(false);
        try
        {
            await _input.FlushAsync(cancellationToken).ConfigureAwait(false);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            throw await FailAsync().ConfigureAwait(false);
        }

        await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        if (_process.ExitCode != 0)
            throw await FailAsync().ConfigureAwait(false);
        _isDone = true;
        string output = await _output.ConfigureAwait(false);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    public async ValueTask DisposeAsync()
    {
        // Without its last word, git leaves all branches where they were.
        if (!_isDone && !_process.HasExited)
            _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        _process.Dispose();
    }

    private static string Length(long length) => string.Create(CultureInfo.InvariantCulture, $"data {length}");

    /// <summary>When git goes away, it has said why.</summary>
    private async Task<OciException> FailAsync() => new(
        OciErrorCode.WriteFailed,
        $"git could not write to '{_repository}': {await _error.ConfigureAwait(false)}. "
            + "Check the repository and the disk.",
        _repository);
}
