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

    /// <summary>Reads the content as text: by its byte order mark, or else as UTF-8.</summary>
    public string ReadText()
    {
        using var reader = new StreamReader(new MemoryStream(Bytes, writable: false), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    /// <summary>The path.</summary>
    public override string ToString() => DisplayText.Sanitize(Path);
}
