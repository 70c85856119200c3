namespace OciTools.Benchmarks;

/// <summary>The tools that OciTools is measured beside, and how each is told to copy an image.</summary>
internal static class PeerTools
{
    /// <summary>The tool whose time is the unit of the yardstick, wherever it does the job.</summary>
    public const string Reference = "skopeo";

    private const string Unpacker = "umoci";

    private static readonly Place[] s_images = [Place.Layout, Place.Home, Place.Away];

    /// <summary>The tools whose times are units; each job has one.</summary>
    public static IReadOnlyList<string> References { get; } = [Reference, Unpacker];

    /// <summary>All that are known.</summary>
    /// <param name="homes">The directory under which each has a home.</param>
    public static IReadOnlyList<CommandLineTool> All(string homes) =>
    [
        new(Reference, Skopeo, [.. s_images, Place.Archive], Path.Combine(homes, Reference)),
        new(Unpacker, Umoci, [Place.Layout, Place.Directory], Path.Combine(homes, Unpacker)),
        new("crane", Crane, s_images, Path.Combine(homes, "crane")),
        new("regctl", Regctl, s_images, Path.Combine(homes, "regctl")),
        new("oras", Oras, s_images, Path.Combine(homes, "oras")),
    ];

    private static string[] Skopeo(Endpoint source, Endpoint destination)
    {
        static string Reference(Endpoint end) => end.Place switch
        {
            Place.Layout => $"oci:{end.Name}",
            Place.Archive => $"oci-archive:{end.Name}",
            _ => $"docker://{end.Name}",
        };
        return
        [
            "--insecure-policy", "copy", "--all", "--src-tls-verify=false", "--dest-tls-verify=false",
            Reference(source), Reference(destination),
        ];
    }

    private static string[] Umoci(Endpoint source, Endpoint destination) =>
        ["raw", "unpack", "--image", source.Name, destination.Location];

    private static string[] Crane(Endpoint source, Endpoint destination) => (source, destination) switch
    {
        (_, { IsLayout: true }) => ["pull", "--format=oci", "--insecure", source.Name, destination.Location],
        ({ IsLayout: true }, _) => ["push", "--insecure", source.Location, destination.Name],
        _ => ["copy", "--insecure", source.Name, destination.Name],
    };

    private static string[] Regctl(Endpoint source, Endpoint destination)
    {
        static string Reference(Endpoint end) => end.IsLayout ? $"ocidir://{end.Name}" : end.Name;
        Endpoint[] ends = [source, destination];
        IEnumerable<string> hosts = ends.Where(end => !end.IsLayout).Select(end => end.Host).Distinct()
            .SelectMany(host => (string[])["--host", $"reg={host},tls=disabled"]);
        return [.. hosts, "image", "copy", Reference(source), Reference(destination)];
    }

    private static string[] Oras(Endpoint source, Endpoint destination) =>
    [
        "cp",
        source.IsLayout ? "--from-oci-layout" : "--from-plain-http",
        destination.IsLayout ? "--to-oci-layout" : "--to-plain-http",
        source.Name, destination.Name,
    ];
}
