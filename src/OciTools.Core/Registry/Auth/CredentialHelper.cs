using System.Buffers;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace OciTools.Registry.Auth;

/// <summary>A program <c>docker-credential-name</c> that keeps credentials.</summary>
internal sealed class CredentialHelper(string name, CredentialEnvironment environment)
{
    private const int MaximumOutput = 64 * 1024;
    private const string NotFound = "credentials not found in native keychain";

    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>Asks for the credential of a server; null when the helper has none.</summary>
    /// <exception cref="OciException">
    /// The helper could not be asked, or not understood (<see cref="OciErrorCode.CredentialUnavailable"/>).
    /// </exception>
    public async Task<RegistryCredential?> GetAsync(string server, CancellationToken cancellationToken)
    {
        // The name becomes part of a file name.
        if (name.AsSpan().ContainsAnyExcept(s_nameCharacters))
            throw Unavailable("has a name that no credential helper can have");

        string path = environment.FindProgram("docker-credential-" + name)
            ?? throw Unavailable("is not installed: no such program is in a folder of PATH");

        (int exitCode, string output) = await RunAsync(path, server, cancellationToken).ConfigureAwait(false);
        if (exitCode == 0)
            return ParseAnswer(output);

        // A helper that fails says why on its standard output.
        return output.Contains(NotFound, StringComparison.OrdinalIgnoreCase)
            ? null
            : throw Unavailable($"failed with exit code {exitCode}: '{output.Trim()}'");
    }

    private async Task<(int ExitCode, string Output)> RunAsync(
        string path, string server, CancellationToken cancellationToken)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(path, ["get"])
            {
                UseShellExecute = false,
                CreateNoWindow = true,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            },
        };
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(environment.HelperTimeLimit);
        try
        {
            process.Start();
        }
        catch (Win32Exception exception)
        {
            throw Unavailable($"could not be started: {exception.Message}", exception);
        }

        try
        {
            // Not every pipe can cancel a read, so the wait is cancelled, and the end of the process ends the reads.
            Task<byte[]> output = ReadAsync(process.StandardOutput.BaseStream, limit.Token);
            Task<byte[]> errors = ReadAsync(process.StandardError.BaseStream, limit.Token);
            Task input = WriteAsync(process.StandardInput, server, limit.Token);
            // The first that fails ends the wait: the others may go on for as long as the helper does.
            await foreach (Task done in Task.WhenEach(input, output, errors)
                .WithCancellation(limit.Token).ConfigureAwait(false))
                await done.ConfigureAwait(false);
            await process.WaitForExitAsync(limit.Token).ConfigureAwait(false);
            return (process.ExitCode, Encoding.UTF8.GetString(await output.ConfigureAwait(false)));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unavailable($"did not answer within {(int)environment.HelperTimeLimit.TotalSeconds} seconds");
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    private static async Task WriteAsync(StreamWriter input, string server, CancellationToken cancellationToken)
    {
        try
        {
            await using (input.ConfigureAwait(false))
                await input.WriteAsync(server.AsMemory(), cancellationToken).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // A helper that does not read its input closes the pipe; its answer counts all the same.
        }
    }

    private async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[MaximumOutput + 1];
        int count = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken)
            .ConfigureAwait(false);
        return count > MaximumOutput
            ? throw Unavailable($"answered with more than {MaximumOutput / 1024} KiB")
            : buffer[..count];
    }

    private RegistryCredential? ParseAnswer(string output)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(output);
            string user = document.RootElement.GetProperty("Username").GetString() ?? "";
            string secret = document.RootElement.GetProperty("Secret").GetString() ?? "";
            return secret.Length == 0
                ? null
                : RegistryCredential.FromPassword(user, secret, $"the credential helper docker-credential-{name}");
        }
        catch (Exception exception)
            when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            // Neither the text nor the exception's, which may quote it: the secret may be in it.
            throw Unavailable("answered with something that is not a credential");
        }
    }

    private OciException Unavailable(string problem, Exception? cause = null) => new(
        OciErrorCode.CredentialUnavailable,
        DisplayText.Sanitize($"The credential helper docker-credential-{name} {problem}."),
        name,
        cause);
}
