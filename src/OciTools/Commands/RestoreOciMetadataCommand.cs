using System.Management.Automation;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>Makes directories whole again: gives them what the record of Expand-OciImage says.</summary>
[Cmdlet(VerbsData.Restore, "OciMetadata", SupportsShouldProcess = true)]
[OutputType(typeof(OciRestoreResult))]
public sealed class RestoreOciMetadataCommand : OciCmdlet
{
    /// <summary>
    /// The directory: a checkout of a commit of Expand-OciImage -AsGit, or an unpacked image. Wildcard characters are
    /// taken literally.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The record.</summary>
    /// <value>The one in the directory that a commit brings, or the one beside the directory.</value>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RecordPath { get; set; }

    /// <summary>Writes what was done to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        try
        {
            if (RecordPath is not null)
                RecordPath = PathResolver.Resolve(SessionState.Path, RecordPath);
        }
        catch (OciException exception)
        {
            ThrowTerminating(exception, RecordPath);
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (string path in Path)
        {
            try
            {
                Restore(PathResolver.Resolve(SessionState.Path, path));
            }
            catch (OciException exception)
            {
                WriteError(ErrorMap.ToErrorRecord(exception, path));
            }
        }
    }

    private void Restore(string directory)
    {
        if (!ShouldProcess(directory, "Restore metadata"))
            return;
        var request = new RestoreMetadataRequest { Directory = directory, RecordPath = RecordPath };
        Run(
            $"Restore {System.IO.Path.GetFileName(directory)}",
            directory,
            (progress, token) => new RestoreMetadataOperation().RunAsync(request, progress, token),
            writeResult: PassThru);
    }
}
