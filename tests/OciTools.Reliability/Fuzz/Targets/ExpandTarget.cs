using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using OciTools.Http;
using OciTools.Operations;

namespace OciTools.Reliability.Fuzz.Targets;

/// <summary>Layers that are applied to a folder: nothing may happen outside it.</summary>
internal sealed class ExpandTarget : FuzzTarget
{
    private static readonly OciSession s_session = new(new HttpClientSource());

    public override string Name => "expand";

    public override IReadOnlyList<byte[]> Seeds => TarSeeds.All;

    public override IReadOnlyList<string> Tokens => TarSeeds.Tokens;

    public override void Repair(byte[] input) => TarSeeds.RepairChecksums(input);

    public override async Task RunAsync(byte[] input)
    {
        string folder = Directory.CreateTempSubdirectory("ocitools-fuzz-").FullName;
        try
        {
            string outside = Path.Combine(folder, "outside");
            Directory.CreateDirectory(outside);
            await File.WriteAllTextAsync(Path.Combine(outside, "secret"), "secret");
            string before = Describe(outside);
            try
            {
                await ExpandAsync(input, folder);
            }
            finally
            {
                if (Describe(outside) != before
                    || Directory.GetFileSystemEntries(folder).Select(Path.GetFileName).Any(IsForeign))
                    throw new FuzzFailure("something happened outside the folder");
            }
        }
        finally
        {
            await RemoveAsync(folder);
        }
    }

    public override bool IsDocumented(Exception exception) => exception is OciException
    {
        Code: OciErrorCode.ArchiveInvalid or OciErrorCode.LimitExceeded or OciErrorCode.NotSupported
            or OciErrorCode.PathNotSupported or OciErrorCode.WriteFailed,
    };

    private static async Task RemoveAsync(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // The names of files may be any bytes, and .NET finds only those that are text.
            using Process remove = Process.Start("rm", ["-rf", folder]);
            await remove.WaitForExitAsync();
        }
    }

    private static bool IsForeign(string? name) =>
        name is not ("layout" or "outside" or "target" or "target.incomplete" or "target.oci.jsonl");

    /// <summary>The folder and the files in it: names, times, modes and content.</summary>
    private static string Describe(string folder) => string.Join('\n', Directory.GetFiles(folder).Append(folder).Select(
        path => $"{path} {File.GetLastWriteTimeUtc(path).Ticks} "
            + (OperatingSystem.IsWindows() ? "" : $"{File.GetUnixFileMode(path)} ")
            + (path == folder ? "" : File.ReadAllText(path))));

    private static Task ExpandAsync(byte[] input, string folder)
    {
        // The layers are applied one over the other, so the second meets what the first has made.
        string layout = Path.Combine(folder, "layout");
        Directory.CreateDirectory(Path.Combine(layout, "blobs", "sha256"));
        byte[][] layers = [TarSeeds.All[input.Length % TarSeeds.All.Count], input];
        var config = new JsonObject
        {
            ["architecture"] = "amd64",
            ["os"] = "linux",
            ["rootfs"] = new JsonObject
            {
                ["type"] = "layers",
                ["diff_ids"] = new JsonArray([.. layers.Select(layer => JsonValue.Create($"{Digest.Compute(layer)}"))]),
            },
        };
        JsonObject manifest = Add(Text(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaTypes.OciManifest,
            ["config"] = Add(Text(config), MediaTypes.OciConfig),
            ["layers"] = new JsonArray([.. layers.Select(layer => Add(layer, MediaTypes.OciLayer))]),
        }), MediaTypes.OciManifest);
        manifest["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = "v1" };
        var index = new JsonObject { ["schemaVersion"] = 2, ["manifests"] = new JsonArray(manifest) };
        File.WriteAllBytes(Path.Combine(layout, "index.json"), Text(index));
        File.WriteAllText(Path.Combine(layout, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
        return new ExpandImageOperation(s_session).RunAsync(new ExpandImageRequest
        {
            Reference = ImageReference.Parse($"oci:{layout}:v1"),
            Destination = Path.Combine(folder, "target"),
            Limits = new ExpandLimits { MaximumSize = 16 * 1024 * 1024 },
        });

        JsonObject Add(byte[] content, string mediaType)
        {
            var digest = Digest.Compute(content);
            File.WriteAllBytes(Path.Combine(layout, "blobs", "sha256", digest.Hex), content);
            return new JsonObject
            {
                ["mediaType"] = mediaType, ["digest"] = digest.ToString(), ["size"] = content.Length,
            };
        }
    }

    private static byte[] Text(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());
}
