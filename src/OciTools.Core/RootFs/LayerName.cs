namespace OciTools.RootFs;

/// <summary>What a layer has under a path.</summary>
/// <param name="Type">What it is.</param>
/// <param name="LinkTarget">What a link leads to, as it is stored.</param>
internal readonly record struct LayerName(OciFileType Type, string LinkTarget);
