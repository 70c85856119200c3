using System.Management.Automation;
using OciTools.Operations;

namespace OciTools.Cmdlets;

/// <summary>The base of cmdlets that copy images to where more can be: a registry or a layout.</summary>
public abstract class OciCopyCmdlet : OciSourceCmdlet
{
    /// <summary>Checks everything that the destination has already, and writes again what is broken.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Copies one image, after asking whether to.</summary>
    private protected void Copy(
        string verb, ImageReference source, ImageReference destination, RegistryOptions destinationOptions)
    {
        string place;
        try
        {
            bool keepsName = destination.IsTagImplied && source.Tag is not null;
            place = (keepsName ? destination.WithNameOf(source.Tag!) : destination).ToString();
        }
        catch (OciException exception)
        {
            WriteError(ErrorMap.ToErrorRecord(exception, source));
            return;
        }

        if (!ShouldProcess(place, $"{verb} {source.FamiliarName}"))
            return;

        var request = new CopyImageRequest
        {
            Source = source,
            Destination = destination,
            Descriptor = Descriptor,
            Platforms = Platform,
            IndexMode = IndexMode,
            IncludeExternalLayer = IncludeExternalLayer,
            IncludeReferrers = IncludeReferrers,
            IncludeDigestTag = IncludeDigestTag,
            ConvertSchema1 = ConvertSchema1,
            Force = Force,
            ThrottleLimit = ThrottleLimit,
            SourceOptions = Options,
            DestinationOptions = destinationOptions,
        };
        Run(
            $"{verb} {source.FamiliarName}",
            source,
            (progress, token) => new CopyImageOperation(Session).RunAsync(request, progress, token),
            writeResult: PassThru);
    }
}
