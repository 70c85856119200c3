using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>Compares two images: their platforms, configs and layers, and if asked for their files.</summary>
[Cmdlet(VerbsData.Compare, "OciImage")]
[OutputType(typeof(OciImageDifference))]
public sealed class CompareOciImageCommand : OciUnpackingCmdlet
{
    private WildcardPattern[] _patterns = [];

    /// <summary>
    /// The image to compare with: text such as nginx:1.27 or oci:images/app:1.0, or an object of Get-OciManifest or
    /// Get-OciTag.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ReferenceTransformation]
    [ValidateNotNull]
    public ImageReference ReferenceImage { get; set; } = null!;

    /// <summary>The image to compare, named as -ReferenceImage is. It may be in another place.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipeline = true)]
    [ReferenceTransformation]
    [ValidateNotNull]
    public ImageReference DifferenceImage { get; set; } = null!;

    /// <summary>
    /// The platforms to compare, for example linux/arm64; both images must have them. Without it all are compared.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    [ValidateNotNullOrEmpty]
    public Platform[] Platform { get; set; } = [];

    /// <summary>Compares the files of the unpacked images as well. The layers are read for it.</summary>
    [Parameter]
    public SwitchParameter File { get; set; }

    /// <summary>
    /// The paths of the files to tell of, for example etc/*.conf; wildcards are allowed, they match slashes too, and
    /// case counts. -File is implied.
    /// </summary>
    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>Tells of files whose times alone differ as well. To build an image again changes them all.</summary>
    [Parameter]
    public SwitchParameter IncludeTime { get; set; }

    /// <summary>Tells what is the same as well.</summary>
    [Parameter]
    public SwitchParameter IncludeEqual { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _patterns =
            [.. Path.Select(path => WildcardPattern.Get(path.TrimStart('/'), WildcardOptions.CultureInvariant))];
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (Resolve([ReferenceImage, DifferenceImage]).ToArray() is not [var reference, var difference])
            return;

        var request = new CompareImageRequest
        {
            ReferenceImage = reference,
            DifferenceImage = difference,
            Platforms = Platform,
            IncludeFiles = File || Path.Length > 0,
            IncludeTime = IncludeTime,
            IncludeEqual = IncludeEqual,
            Limits = Limits,
            Options = Options,
        };
        Run($"Compare {reference.FamiliarName} with {difference.FamiliarName}", difference, (progress, token) =>
            new CompareImageOperation(Session).RunAsync(request, progress, token).Where(IsWanted));
    }

    private bool IsWanted(OciImageDifference difference) =>
        _patterns.Length == 0
        || difference.Kind != OciDifferenceKind.File
        || Array.Exists(_patterns, pattern => pattern.IsMatch(difference.Name));
}
