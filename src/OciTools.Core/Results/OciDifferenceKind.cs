namespace OciTools;

/// <summary>What part of two images a difference is in.</summary>
public enum OciDifferenceKind
{
    /// <summary>A platform: one image has it, or both have it with other content.</summary>
    Platform,

    /// <summary>The manifest: its media type, the type of an artifact, an annotation.</summary>
    Manifest,

    /// <summary>A member of the config, such as a variable, a label or a step of the history.</summary>
    Config,

    /// <summary>A layer.</summary>
    Layer,

    /// <summary>A file, folder, link or device of the unpacked image.</summary>
    File,
}
