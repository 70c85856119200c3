namespace OciTools.Operations;

/// <summary>What an image is unpacked to.</summary>
public enum ExpandForm
{
    /// <summary>A directory.</summary>
    Directory,

    /// <summary>One tar archive.</summary>
    Tar,

    /// <summary>A branch of a git repository, with a commit for each layer.</summary>
    Git,
}
