namespace OciTools.Tests.Support;

/// <summary>umoci, to have another opinion on layouts and layers.</summary>
internal static class Umoci
{
    public static void Require() => Tool.Require("umoci");

    public static Task<string> RunAsync(params IEnumerable<string> arguments) => Tool.RunAsync("umoci", arguments);

    /// <summary>Unpacks an image of a layout to <c>rootfs</c> in a bundle directory, without being root.</summary>
    public static Task<string> UnpackAsync(string layout, string tag, string bundle) =>
        RunAsync("unpack", "--rootless", "--image", $"{layout}:{tag}", bundle);
}
