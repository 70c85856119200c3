using System.Globalization;
using OciTools.Layout;
using OciTools.Operations;

namespace OciTools.RootFs;

/// <summary>Writes an image to a git repository: a branch with a commit for each layer.</summary>
internal sealed class GitExpander(
    ExpandImageRequest request, ImageContent image, IContentSource source, IProgress<TransferEvent>? progress)
{
    private readonly string _path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(request.Destination!));

    /// <summary>Unpacks the image.</summary>
    public async Task<OciExpandResult> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await ImportAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (FileFault.IsFileFault(exception))
        {
            throw FileFault.At(_path, exception);
        }
    }

    private async Task<OciExpandResult> ImportAsync(CancellationToken cancellationToken)
    {
        GitProgram git = GitProgram.Find(_path);
        IReadOnlyList<string> layerBranches = request.BranchPerLayer ? NameLayers() : [];
        bool isNew = await OpenAsync(git, [request.Branch, .. layerBranches], cancellationToken).ConfigureAwait(false);
        try
        {
            var import = new FastImport(git, _path, request.Force);
            await using (import.ConfigureAwait(false))
            {
                var run = new LayerRun(
                    image, (layer, stop) => source.OpenBlobAsync(layer, 0, stop), request.Limits, progress);
                var target = new GitTarget(image, import, request.Branch, layerBranches);
                await run.ApplyAsync(target, () => "No branch was changed.", cancellationToken).ConfigureAwait(false);
                return new OciExpandResult
                {
                    Reference = image.Manifest.Reference,
                    Path = _path,
                    Entries = run.Entries,
                    Bytes = run.Bytes,
                    Branches = [request.Branch, .. layerBranches],
                    Commits = await import.CompleteAsync(cancellationToken).ConfigureAwait(false),
                };
            }
        }
        catch when (isNew)
        {
            Directory.Delete(_path, recursive: true);
            throw;
        }
    }

    private IReadOnlyList<string> NameLayers()
    {
        string digits = $"D{image.Layers.Count.ToString(CultureInfo.InvariantCulture).Length}";
        return
        [
            .. Enumerable.Range(1, image.Layers.Count)
                .Select(number => $"{request.Branch}-layer-{number.ToString(digits, CultureInfo.InvariantCulture)}"),
        ];
    }

    /// <summary>Makes the repository, or checks the one that is there.</summary>
    /// <returns>Whether it was made.</returns>
    private async Task<bool> OpenAsync(
        GitProgram git, IReadOnlyList<string> branches, CancellationToken cancellationToken)
    {
        if (File.Exists(_path))
            throw Exists($"'{_path}' is a file. Choose another name for the repository.");
        string reference = $"refs/heads/{request.Branch}";
        (bool isName, _) = await git.RunAsync(cancellationToken, "check-ref-format", reference).ConfigureAwait(false);
        if (!isName || request.Branch.StartsWith('-'))
            throw new ArgumentException($"'{request.Branch}' is no name that git takes for a branch.", nameof(request));

        if (!Directory.Exists(_path) || !Directory.EnumerateFileSystemEntries(_path).Any())
        {
            Directory.CreateDirectory(_path);
            (bool isMade, string error) = await git.RunAsync(
                cancellationToken,
                "init", "--quiet", "--bare", "--template=", $"--initial-branch={request.Branch}", _path)
                .ConfigureAwait(false);
            return isMade ? true : throw Exists($"git could not make the repository '{_path}': {error}");
        }

        (bool isRepository, string reason) =
            await git.RunAsync(cancellationToken, "rev-parse", "--git-dir").ConfigureAwait(false);
        if (!isRepository)
            throw Exists($"The folder '{_path}' is not empty and no git repository ({reason}). Choose another one.");
        foreach (string branch in request.Force ? [] : branches)
        {
            (bool isThere, _) = await git.RunAsync(
                cancellationToken, "show-ref", "--verify", "--quiet", $"refs/heads/{branch}").ConfigureAwait(false);
            if (isThere)
            {
                throw Exists(
                    $"The repository '{_path}' has the branch '{branch}' already. "
                        + "Name another branch, or use Force to move it.");
            }
        }

        return false;
    }

    private OciException Exists(string message) => new(OciErrorCode.DestinationExists, message, _path);
}
