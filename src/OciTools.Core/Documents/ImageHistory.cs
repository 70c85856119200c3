using System.Text.Json;

namespace OciTools;

/// <summary>One step of the making of an image (OCI image specification 1.1, config.md, "history").</summary>
public sealed record ImageHistory
{
    /// <summary>When the step was taken.</summary>
    public DateTimeOffset? Created { get; init; }

    /// <summary>The command of the step.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>Who took the step.</summary>
    public string? Author { get; init; }

    /// <summary>What was remarked.</summary>
    public string? Comment { get; init; }

    /// <summary>Whether the step made no layer.</summary>
    public bool EmptyLayer { get; init; }

    /// <summary>The command of the step.</summary>
    public override string ToString() => DisplayText.Sanitize(CreatedBy ?? Comment ?? "");

    internal static ImageHistory Read(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Object)
            throw new FormatException($"'{path}' is not an object");

        return new ImageHistory
        {
            Created = element.FindTime("created", path),
            CreatedBy = element.FindText("created_by", path),
            Author = element.FindText("author", path),
            Comment = element.FindText("comment", path),
            EmptyLayer = element.FindBoolean("empty_layer", path),
        };
    }
}
