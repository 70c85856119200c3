using System.Text;

namespace OciTools;

/// <summary>The content of one file of an image.</summary>
public sealed record OciFileContent
{
    /// <summary>The image, pinned to the digest of its manifest.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The path that was asked for.</summary>
    public required string Path { get; init; }

    /// <summary>The file that the path led to, and its layer; its path is another where links were followed.</summary>
    public required OciLayerItem Item { get; init; }

    /// <summary>The content.</summary>
    public required byte[] Bytes { get; init; }

    /// <summary>Reads the content as one text.</summary>
    /// <param name="encoding">The encoding where no byte order mark tells it; null for UTF-8.</param>
    public string ReadText(Encoding? encoding = null)
    {
        using StreamReader reader = OpenText(encoding);
        return reader.ReadToEnd();
    }

    /// <summary>Reads the content as lines of text, without their ends.</summary>
    /// <param name="encoding">The encoding where no byte order mark tells it; null for UTF-8.</param>
    public IEnumerable<string> ReadLines(Encoding? encoding = null)
    {
        using StreamReader reader = OpenText(encoding);
        while (reader.ReadLine() is { } line)
            yield return line;
    }

    /// <summary>The path.</summary>
    public override string ToString() => DisplayText.Sanitize(Path);

    private StreamReader OpenText(Encoding? encoding) =>
        new(new MemoryStream(Bytes, writable: false), encoding ?? Encoding.UTF8);
}
