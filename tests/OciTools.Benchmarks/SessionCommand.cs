using System.Reflection;

namespace OciTools.Benchmarks;

/// <summary>The command that starts a session of OciTools.</summary>
internal static class SessionCommand
{
    public static string[] For(BenchmarkOptions options)
    {
        if (options.UsesCore)
            return [Environment.ProcessPath!, CoreWorker.Argument];
        string script = Path.Combine(AppContext.BaseDirectory, "worker.ps1");
        string module = options.Module ?? StagedModule;
        return ["pwsh", "-NoProfile", "-NoLogo", "-NonInteractive", "-File", script, "-Module", module];
    }

    /// <summary>The module that was built with this program.</summary>
    private static string StagedModule => typeof(SessionCommand).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().First(metadata => metadata.Key == "Module").Value!;
}
