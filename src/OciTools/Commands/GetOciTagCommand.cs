using System.Management.Automation;
using OciTools.Binding;
using OciTools.Cmdlets;
using OciTools.Operations;

namespace OciTools.Commands;

/// <summary>Lists the tags of repositories and layouts, page by page.</summary>
[Cmdlet(VerbsCommon.Get, "OciTag")]
[OutputType(typeof(OciTag))]
public sealed class GetOciTagCommand : OciRegistryCmdlet
{
    private WildcardPattern[] _patterns = [];

    /// <summary>
    /// The repository or layout: text such as nginx, ghcr.io/owner/app or oci:images, or an object that has a
    /// reference.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Repository")]
    [ReferenceTransformation]
    [ValidateNotNullOrEmpty]
    public ImageReference[] Reference { get; set; } = [];

    /// <summary>The tags to show; wildcards are allowed, and case counts. Without it all are shown.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Name { get; set; } = [];

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _patterns = [.. Name.Select(name => WildcardPattern.Get(name, WildcardOptions.CultureInvariant))];
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (ImageReference reference in Resolve(Reference))
        {
            ImageReference repository = reference.WithoutName();
            Run($"List tags of {repository.FamiliarName}", repository, (progress, token) =>
                new ListTagsOperation(Session).RunAsync(repository, Options, progress, token).Where(IsWanted));
        }
    }

    private bool IsWanted(OciTag tag) =>
        _patterns.Length == 0 || Array.Exists(_patterns, pattern => pattern.IsMatch(tag.Name));
}
