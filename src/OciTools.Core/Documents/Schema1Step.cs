using System.Text;
using System.Text.Json;

namespace OciTools;

/// <summary>One step of an image of schema 1: the blob that it made, and what the image was after it.</summary>
internal sealed class Schema1Step
{
    private readonly string _path;

    /// <summary>Reads a step.</summary>
    /// <param name="blob">Its layer, which stands in another list.</param>
    /// <param name="text">The text of <c>v1Compatibility</c>, which is JSON.</param>
    /// <param name="path">Where that text stands, for messages.</param>
    /// <exception cref="FormatException">It is malformed; the message is a clause.</exception>
    public Schema1Step(Digest blob, string text, string path)
    {
        _path = path;
        Blob = blob;
        Text = Encoding.UTF8.GetBytes(text);
        History = Parse(root => new ImageHistory
        {
            Created = root.FindTime("created", ""),
            CreatedBy = ReadCommand(root),
            Author = root.FindText("author", ""),
            Comment = root.FindText("comment", ""),
            EmptyLayer = root.FindBoolean("throwaway", ""),
        });
    }

    /// <summary>The layer.</summary>
    public Digest Blob { get; }

    /// <summary>The exact JSON of <c>v1Compatibility</c>.</summary>
    public ReadOnlyMemory<byte> Text { get; }

    /// <summary>What was done; its layer is empty when the step says that it is to be thrown away.</summary>
    public ImageHistory History { get; }

    /// <summary>Reads how the image was configured. Schema 1 has neither diffIDs nor a history there.</summary>
    /// <exception cref="FormatException">It is malformed; the message is a clause.</exception>
    public ImageConfig ReadConfig() => Parse(ImageConfig.Read);

    private T Parse<T>(Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument json = DocumentReader.Parse(Text);
            DocumentReader.RefuseLookalikes(json.RootElement);
            return read(json.RootElement);
        }
        catch (FormatException exception)
        {
            throw new FormatException($"'{_path}' cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The command, as Docker writes it into a history: its words with spaces between.</summary>
    private static string? ReadCommand(JsonElement root) =>
        root.FindObject("container_config", "")?.FindTexts("Cmd", "container_config") is { Count: > 0 } words
            ? string.Join(' ', words)
            : null;
}
