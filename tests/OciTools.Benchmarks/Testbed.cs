using System.Formats.Tar;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace OciTools.Benchmarks;

/// <summary>Two registries, of which one holds the images, and room for layouts.</summary>
internal sealed class Testbed : IAsyncDisposable
{
    private const string IndexFile = "index.json";

    private static readonly HttpClient s_http = new();

    private readonly string _directory;
    private readonly RegistryProcess _home;
    private readonly RegistryProcess _away;
    private int _destinations;

    private Testbed(string directory, RegistryProcess home, RegistryProcess away)
    {
        _directory = directory;
        _home = home;
        _away = away;
        Direct = new Route(home.Host, away.Host);
    }

    /// <summary>The way without a proxy.</summary>
    public Route Direct { get; }

    public static async Task<Testbed> StartAsync(string directory, CancellationToken cancellationToken)
    {
        RegistryProcess home =
            await RegistryProcess.StartAsync(Path.Combine(directory, "home"), cancellationToken);
        try
        {
            RegistryProcess away =
                await RegistryProcess.StartAsync(Path.Combine(directory, "away"), cancellationToken);
            return new Testbed(directory, home, away);
        }
        catch
        {
            await home.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Makes an image from a seed, and puts it into the registry that holds the images, and an archive if one is asked
    /// for.
    /// </summary>
    public async Task AddAsync(
        SampleImage image, int seed, ITool tool, bool isArchived, CancellationToken cancellationToken)
    {
        Endpoint layout = Source(Place.Layout, image, Direct);
        new SampleLayout(layout.Location, seed).Write(image);
        tool.Forget();
        await tool.CopyAsync(layout, Source(Place.Home, image, Direct), cancellationToken);
        if (isArchived)
            await tool.CopyAsync(layout, Source(Place.Archive, image, Direct), cancellationToken);
    }

    public Endpoint Source(Place place, SampleImage image, Route route) => At(place, image.Name, route);

    /// <summary>A destination that nothing was ever copied to.</summary>
    public Endpoint NewDestination(Place place, SampleImage image, Route route) =>
        At(place, $"copy{++_destinations}-{image.Name}", route);

    /// <summary>
    /// Removes what is in the file system; what is in a registry stays, in a repository that nobody uses again.
    /// </summary>
    public static void Clear(Endpoint destination)
    {
        if (Directory.Exists(destination.Location))
            Directory.Delete(destination.Location, recursive: true);
        else if (destination.Place is not (Place.Home or Place.Away))
            File.Delete(destination.Location);
        Flush();
    }

    /// <summary>Writes to the disk what is yet to be written, lest that happens while the next run is timed.</summary>
    public static void Flush() => sync();

    /// <summary>Opens a way through new proxies.</summary>
    /// <param name="delay">The milliseconds that they add to each round trip.</param>
    /// <param name="rate">The MB per second that each connection carries; 0 for no limit.</param>
    public ProxiedRoute OpenProxies(int delay, int rate) => new(_home.Port, _away.Port, delay, rate);

    /// <summary>How many requests the registries have answered.</summary>
    public async Task<long> CountRequestsAsync(CancellationToken cancellationToken) =>
        await _home.CountRequestsAsync(cancellationToken) + await _away.CountRequestsAsync(cancellationToken);

    /// <summary>Checks that a copy is what was to be copied.</summary>
    /// <exception cref="ToolFailedException">It is something else, or not whole.</exception>
    public async Task CheckAsync(SampleImage image, Endpoint destination, CancellationToken cancellationToken)
    {
        if (destination.Place is Place.Directory or Place.Tar or Place.Git)
        {
            int files = await UnpackedFiles.CountAsync(destination, cancellationToken);
            if (files != image.UnpackedFiles)
                throw new ToolFailedException($"{destination} has {files} files, not {image.UnpackedFiles}.");
            return;
        }

        Endpoint original = Source(Place.Layout, image, Direct);
        string wanted = ReadDigest(original);
        // The registry refuses a manifest whose blobs it lacks, so its digest is enough.
        (string? found, long? bytes) = destination.Place switch
        {
            Place.Layout => (ReadDigest(destination), CountBytes(destination)),
            Place.Archive => ReadArchive(destination),
            _ => (await ReadDigestAsync(destination, cancellationToken), (long?)null),
        };
        if (found != wanted)
            throw new ToolFailedException($"{destination} is {found}, but {wanted} was to be copied.");
        if (bytes is not null && bytes != CountBytes(original))
            throw new ToolFailedException($"{destination} has not all the content of {wanted}.");
    }

    public async ValueTask DisposeAsync()
    {
        await _home.DisposeAsync();
        await _away.DisposeAsync();
    }

    private Endpoint At(Place place, string name, Route route) => place switch
    {
        Place.Home => new Endpoint(place, $"{route.Home}/{name}"),
        Place.Away => new Endpoint(place, $"{route.Away}/{name}"),
        Place.Archive => new Endpoint(place, Path.Combine(_directory, "layouts", $"{name}.archive")),
        _ => new Endpoint(place, Path.Combine(_directory, "layouts", name)),
    };

    private static string ReadDigest(Endpoint layout)
    {
        using FileStream index = File.OpenRead(Path.Combine(layout.Location, IndexFile));
        return ReadDigest(index);
    }

    private static string ReadDigest(Stream index) => (string)JsonNode.Parse(index)!["manifests"]![0]!["digest"]!;

    private static (string? Digest, long? Bytes) ReadArchive(Endpoint archive)
    {
        string? digest = null;
        long bytes = 0;
        using var reader = new TarReader(File.OpenRead(archive.Location));
        while (reader.GetNextEntry() is { } entry)
        {
            if (entry.Name == IndexFile)
                digest = ReadDigest(entry.DataStream!);
            if (entry.Name.StartsWith("blobs/", StringComparison.Ordinal))
                bytes += entry.Length;
        }

        return (digest, bytes);
    }

    private static async Task<string?> ReadDigestAsync(Endpoint repository, CancellationToken cancellationToken)
    {
        string name = repository.Location[(repository.Host.Length + 1)..];
        var address = new Uri($"http://{repository.Host}/v2/{name}/manifests/{Endpoint.Tag}");
        using var request = new HttpRequestMessage(HttpMethod.Head, address);
        request.Headers.TryAddWithoutValidation("Accept", $"{MediaTypes.OciManifest}, {MediaTypes.OciIndex}");
        using HttpResponseMessage response = await s_http.SendAsync(request, cancellationToken);
        return response.Headers.TryGetValues("Docker-Content-Digest", out IEnumerable<string>? values)
            ? values.First()
            : null;
    }

    private static long CountBytes(Endpoint layout) =>
        new DirectoryInfo(Path.Combine(layout.Location, "blobs", "sha256")).EnumerateFiles().Sum(file => file.Length);

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern void sync();
}
