using System.Management.Automation;
using System.Text;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>Gets the content of files in images: lines of text, one text, or bytes.</summary>
[Cmdlet(VerbsCommon.Get, "OciFileContent")]
[OutputType(typeof(string), typeof(byte), typeof(byte[]))]
public sealed class GetOciFileContentCommand : OciRegistryCmdlet
{
    // The longest array that .NET makes (Array.MaxLength).
    private const long LongestArray = 0x7FFFFFC7;

    /// <summary>The image: text such as nginx:1.27, or an object of Get-OciManifest or Get-OciLayerItem.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Image")]
    [ReferenceTransformation]
    [ValidateNotNull]
    public ImageReference Reference { get; set; } = null!;

    /// <summary>
    /// The paths of the files in the image, for example etc/os-release. Case counts; a slash before a path makes no
    /// difference, and links are followed within the image.
    /// </summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>
    /// The platform, for example linux/arm64. Without it the only one there is, or of several the one for Linux on this
    /// machine.
    /// </summary>
    [Parameter]
    [ArgumentCompleter(typeof(PlatformCompleter))]
    [ValidateNotNull]
    public Platform? Platform { get; set; }

    /// <summary>
    /// Writes each file as a whole: one string, or with -AsByteStream one array, instead of lines or bytes.
    /// </summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    /// <summary>Writes bytes instead of text.</summary>
    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    /// <summary>
    /// The encoding of the text, for example utf8, unicode, latin1 or 1252. A byte order mark comes first.
    /// </summary>
    /// <value>utf8.</value>
    [Parameter]
    [ArgumentCompleter(typeof(EncodingCompleter))]
    [EncodingTransformation]
    [ValidateNotNull]
    public Encoding Encoding { get; set; } = Encoding.UTF8;

    /// <summary>The size in bytes of the largest file to read: it is held in memory.</summary>
    /// <value>256 MiB.</value>
    [Parameter]
    [ValidateRange(0L, LongestArray)]
    public long MaximumSize { get; set; } = 256 * 1024 * 1024;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        if (AsByteStream && IsBound(nameof(Encoding)))
            ThrowTerminating(new ArgumentException("Use either -AsByteStream or -Encoding, not both."), Encoding);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ImageReference reference in Resolve([Reference]))
        {
            var request = new GetFileContentRequest
            {
                Reference = reference,
                Paths = Path,
                Platform = Platform,
                MaximumSize = MaximumSize,
                Options = Options,
            };
            Run<OciFileContent>(
                $"Read {DisplayText.Sanitize(string.Join(", ", Path))} of {reference.FamiliarName}",
                reference,
                (context, token) => new GetFileContentOperation(Session).RunAsync(
                    request, exception => context.Fail(exception, reference), context.Progress, token),
                Open);
        }
    }

    private IEnumerable<object> Open(OciFileContent content) => (AsByteStream.IsPresent, Raw.IsPresent) switch
    {
        (true, true) => [content.Bytes],
        (true, false) => content.Bytes.Cast<object>(),
        (false, true) => [content.ReadText(Encoding)],
        (false, false) => content.ReadLines(Encoding),
    };
}
