namespace OciTools.Registry.Auth;

/// <summary>The parts of the process's surroundings that decide where credentials are looked for.</summary>
/// <param name="getVariable">Reads an environment variable.</param>
/// <param name="homeDirectory">The user's home directory.</param>
internal sealed class CredentialEnvironment(Func<string, string?> getVariable, string homeDirectory)
{
    /// <summary>Those of this process.</summary>
    public static CredentialEnvironment Current { get; } = new(
        Environment.GetEnvironmentVariable,
        Environment.GetFolderPath(
            // A home that is not there would else be the current directory.
            Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify));

    /// <summary>How long a credential helper may take.</summary>
    /// <value>30 seconds by default.</value>
    public TimeSpan HelperTimeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The file named by <c>REGISTRY_AUTH_FILE</c>, which replaces podman's own places; or null.</summary>
    public string? NamedAuthFile => GetVariable("REGISTRY_AUTH_FILE");

    /// <summary>The credential JSON in <c>DOCKER_AUTH_CONFIG</c>, or null.</summary>
    public string? DockerAuthConfig => GetVariable("DOCKER_AUTH_CONFIG");

    /// <summary>The docker client's file.</summary>
    public string DockerConfigFile =>
        Path.Combine(GetVariable("DOCKER_CONFIG") ?? Path.Combine(homeDirectory, ".docker"), "config.json");

    /// <summary>Podman's files, the first one first.</summary>
    public IEnumerable<string> PodmanAuthFiles()
    {
        if (NamedAuthFile is { } named)
        {
            yield return named;
            yield break;
        }

        if (OperatingSystem.IsLinux() && GetVariable("XDG_RUNTIME_DIR") is { } runtime)
            yield return Path.Combine(runtime, "containers", "auth.json");
        string config = GetVariable("XDG_CONFIG_HOME") ?? Path.Combine(homeDirectory, ".config");
        yield return Path.Combine(config, "containers", "auth.json");
    }

    /// <summary>The full path of a program on the search path, or null.</summary>
    public string? FindProgram(string name)
    {
        string fileName = OperatingSystem.IsWindows() ? name + ".exe" : name;
        // A relative entry would let the current directory say what is run.
        return (GetVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(directory => directory.Trim('"'))
            .Where(Path.IsPathFullyQualified)
            .Select(directory => Path.Combine(directory, fileName))
            .FirstOrDefault(IsExecutable);
    }

    private string? GetVariable(string name) => getVariable(name) is { Length: > 0 } value ? value : null;

    private static bool IsExecutable(string path)
    {
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(path) & Execute) != 0);
    }
}
