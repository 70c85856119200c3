namespace OciTools.Comparing;

/// <summary>A path of two unpacked images.</summary>
/// <param name="Path">The path; <c>.</c> for the root.</param>
/// <param name="Left">What the one image has there.</param>
/// <param name="Right">What the other image has there.</param>
/// <param name="Changes">What differs, if both have something.</param>
internal sealed record FileDifference(string Path, OciImageFile? Left, OciImageFile? Right, OciChanges Changes);
