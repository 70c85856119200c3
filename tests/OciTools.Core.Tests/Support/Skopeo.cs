namespace OciTools.Tests.Support;

/// <summary>skopeo, to have another opinion.</summary>
internal static class Skopeo
{
    public static void Require() => Tool.Require("skopeo");

    /// <summary>Copies between <c>docker://host/name:tag</c>, <c>oci:directory:tag</c> and the like.</summary>
    public static Task<string> CopyAsync(string source, string destination, params IEnumerable<string> options) =>
        RunAsync(
            ["copy", .. options, .. Insecure(source, "src"), .. Insecure(destination, "dest"), source, destination]);

    /// <summary>Runs skopeo with the arguments as they are.</summary>
    public static Task<string> RunAsync(params IEnumerable<string> arguments) =>
        Tool.RunAsync("skopeo", ["--insecure-policy", .. arguments]);

    private static string[] Insecure(string location, string side) =>
        location.StartsWith("docker:", StringComparison.Ordinal) ? [$"--{side}-tls-verify=false"] : [];
}
