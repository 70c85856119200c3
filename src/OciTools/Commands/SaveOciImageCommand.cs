using System.Management.Automation;
using OciTools.Cmdlets;

namespace OciTools.Commands;

/// <summary>Saves images to an OCI image layout: a directory that other tools can read.</summary>
[Cmdlet(VerbsData.Save, "OciImage", SupportsShouldProcess = true)]
[OutputType(typeof(OciTransferResult))]
public sealed class SaveOciImageCommand : OciCopyCmdlet
{
    /// <summary>
    /// The directory of the layout; it is made if it does not exist, and added to if it does. Wildcard characters are
    /// taken literally.
    /// </summary>
    /// <value>A directory in the current location, named after the image.</value>
    [Parameter(Position = 1)]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The image's name in the layout.</summary>
    /// <value>The tag of the source.</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Tag { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ImageReference reference in Resolve(Reference))
        {
            if (DestinationOf(reference) is { } destination)
                Copy("Save", reference, destination, Options);
        }
    }

    private ImageReference? DestinationOf(ImageReference source)
    {
        try
        {
            string path = PathResolver.Resolve(SessionState.Path, Path ?? $"./{source.DefaultName}");
            return ImageReference.ForLayout(path, Tag ?? source.Tag);
        }
        catch (Exception exception) when (exception is OciException or ArgumentException)
        {
            if (Path is not null)
                ThrowTerminating(exception, Path);
            WriteError(ErrorMap.ToErrorRecord(exception, source));
            return null;
        }
    }
}
