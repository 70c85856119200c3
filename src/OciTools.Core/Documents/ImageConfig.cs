using System.Text.Json;

namespace OciTools;

/// <summary>How an image runs and how it was made (OCI image specification 1.1, config.md).</summary>
/// <remarks>
/// Absent members are null or empty. The members under <c>config</c> of the document stand here directly.
/// </remarks>
public sealed record ImageConfig
{
    /// <summary>What the image runs on.</summary>
    /// <value>Null when the config names neither operating system nor architecture.</value>
    public Platform? Platform { get; init; }

    /// <summary>When the image was made.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>Who made the image.</summary>
    public string? Author { get; init; }

    /// <summary>The architecture, for example <c>amd64</c>.</summary>
    public string? Architecture => Platform?.Architecture;

    /// <summary>The operating system, for example <c>linux</c>.</summary>
    public string? Os => Platform?.Os;

    /// <summary>The user, and optionally group, that the process runs as: <c>user</c>, <c>uid:gid</c>.</summary>
    public string? User { get; init; }

    /// <summary>The environment, each entry as <c>NAME=value</c>.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];

    /// <summary>The command and its first arguments.</summary>
    public IReadOnlyList<string> Entrypoint { get; init; } = [];

    /// <summary>The arguments after <see cref="Entrypoint"/>, or the command when there is none.</summary>
    public IReadOnlyList<string> Cmd { get; init; } = [];

    /// <summary>The shell of the shell form of instructions; a Docker extension.</summary>
    public IReadOnlyList<string> Shell { get; init; } = [];

    /// <summary>The directory that the process starts in.</summary>
    public string? WorkingDir { get; init; }

    /// <summary>The ports that the process listens on, for example <c>80/tcp</c>.</summary>
    public IReadOnlyList<string> ExposedPorts { get; init; } = [];

    /// <summary>The directories that are meant to be volumes.</summary>
    public IReadOnlyList<string> Volumes { get; init; } = [];

    /// <summary>The labels.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = Descriptor.EmptyAnnotations;

    /// <summary>The signal that asks the process to end, for example <c>SIGTERM</c>.</summary>
    public string? StopSignal { get; init; }

    /// <summary>How to tell whether the container works; a Docker extension.</summary>
    public ImageHealthcheck? Healthcheck { get; init; }

    /// <summary>The digests of the uncompressed layers, the lowest first.</summary>
    public IReadOnlyList<Digest> DiffIds { get; init; } = [];

    /// <summary>The steps that made the image, the first one first.</summary>
    public IReadOnlyList<ImageHistory> History { get; init; } = [];

    /// <summary>The platform.</summary>
    public override string ToString() => Platform?.ToString() ?? "";

    /// <summary>Reads the config of an image.</summary>
    /// <exception cref="OciException">
    /// <see cref="OciErrorCode.ManifestInvalid"/>: a member has the wrong form; the message names it.
    /// </exception>
    public static ImageConfig Parse(RawDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        try
        {
            using JsonDocument json = DocumentReader.Parse(document.Bytes);
            DocumentReader.RefuseLookalikes(json.RootElement);
            return Read(json.RootElement);
        }
        catch (FormatException exception)
        {
            throw RawDocument.Invalid(exception.Message, document.ToDescriptor(), exception);
        }
    }

    /// <exception cref="FormatException">A member has the wrong form; the message is a clause.</exception>
    internal static ImageConfig Read(JsonElement root)
    {
        const string Path = "config";
        var config = new ImageConfig
        {
            Platform = root.Find("os") is null && root.Find("architecture") is null
                ? null
                : DescriptorJson.ReadPlatform(root, ""),
            Created = root.FindTime("created", ""),
            Author = root.FindText("author", ""),
            DiffIds = root.FindObject("rootfs", "")?.FindList("diff_ids", "rootfs", JsonMembers.ReadDigest) ?? [],
            History = root.FindList("history", "", ImageHistory.Read),
        };

        return root.FindObject(Path, "") is not { } run ? config : config with
        {
            User = run.FindText("User", Path),
            Env = run.FindTexts("Env", Path),
            Entrypoint = run.FindTexts("Entrypoint", Path),
            Cmd = run.FindTexts("Cmd", Path),
            Shell = run.FindTexts("Shell", Path),
            WorkingDir = run.FindText("WorkingDir", Path),
            ExposedPorts = ReadKeys(run, "ExposedPorts", Path),
            Volumes = ReadKeys(run, "Volumes", Path),
            Labels = run.FindMap("Labels", Path),
            StopSignal = run.FindText("StopSignal", Path),
            Healthcheck = run.FindObject("Healthcheck", Path) is { } check
                ? ImageHealthcheck.Read(check, JsonMembers.Join(Path, "Healthcheck"))
                : null,
        };
    }

    /// <summary>Sets are objects with empty values, because Go has no set.</summary>
    private static IReadOnlyList<string> ReadKeys(JsonElement element, string name, string path) =>
        element.FindObject(name, path) is { } set ? [.. set.EnumerateObject().Select(member => member.Name)] : [];
}
