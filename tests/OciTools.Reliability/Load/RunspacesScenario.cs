using OciTools.Testing;

namespace OciTools.Reliability.Load;

/// <summary>64 runspaces of one session at once, against registries that want tokens.</summary>
internal static class RunspacesScenario
{
    private const int Runspaces = 64;
    private const int Repositories = 4;
    private const int Images = 8;

    /// <summary>The connections to one host that a session has at most.</summary>
    private const int ConnectionLimit = 64;

    public static async Task RunAsync(LoadOptions options, LoadReport report, CancellationToken cancellationToken)
    {
        await using TestRegistry registry =
            await TestRegistry.StartAsync(new TestRegistryOptions { Auth = RegistryAuth.Bearer });
        for (int i = 0; i < Repositories * Images; i++)
            TestImages.MultiPlatform(i + 1).AddTo(registry, $"app{i / Images}", $"v{i % Images}");

        DirectoryInfo folder = Directory.CreateTempSubdirectory("oci-load-");
        try
        {
            await using var session = PwshSession.Start();
            string user = registry.Options.UserName;
            await session.RunAsync(
                $"$password = ConvertTo-SecureString '{registry.Options.Password}' -AsPlainText -Force; "
                + $"Connect-OciRegistry {registry.Host} -Credential ([pscredential]::new('{user}', $password))",
                cancellationToken);
            int signIns = registry.TokenRequests.Count;
            string script = PwshSession.ScriptPath("runspaces.ps1");
            Measurement measured = await session.MeasureAsync(
                $"& '{script}' -Registry {registry.Host} -Folder '{folder.FullName}' -Runspaces {Runspaces} "
                + $"-Repositories {Repositories} -Images {Images}",
                cancellationToken);
            int tokens = registry.TokenRequests.Count - signIns;

            report.Title($"{Runspaces} runspaces in one session");
            report.Columns(
                "right, wrong",
                "seconds",
                "requests",
                "tokens fetched",
                "repositories",
                "connections at once",
                "connections made",
                "most threads",
                "most handles");
            report.Row(
                measured.Output,
                measured.Duration.TotalSeconds,
                registry.Requests.Count,
                tokens,
                Repositories,
                registry.PeakConnections,
                registry.ConnectionCount,
                measured.MostThreads,
                measured.MostHandles);
            int expected = Runspaces * Repositories * Images;
            report.Expect(measured.Output == $"{expected}, 0", $"{expected} results should be right, and 0 wrong.");
            report.Expect(tokens <= Repositories, $"{tokens} tokens were fetched for {Repositories} repositories.");
            report.Expect(
                registry.PeakConnections <= ConnectionLimit,
                $"{registry.PeakConnections} connections were open at once.");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
