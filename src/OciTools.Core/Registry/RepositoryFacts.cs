using System.Collections.Concurrent;

namespace OciTools.Registry;

/// <summary>What an operation has learned about a repository, so that it need not ask twice.</summary>
internal sealed class RepositoryFacts
{
    private readonly ConcurrentDictionary<Digest, bool> _blobs = new();
    private readonly Lock _lock = new();
    private Task<bool>? _isNew;

    /// <summary>Whether the repository has the blob; null when that is not known.</summary>
    public bool? Has(Digest blob) => _blobs.TryGetValue(blob, out bool present) ? present : null;

    public void Learn(Digest blob, bool isPresent) => _blobs[blob] = isPresent;

    /// <summary>Something was read from the repository, so it is not new.</summary>
    public void LearnExists()
    {
        lock (_lock)
            _isNew ??= Task.FromResult(false);
    }

    /// <summary>Whether the repository has nothing yet that could be found in it; asked once at most.</summary>
    public Task<bool> IsNewAsync(Func<Task<bool>> ask)
    {
        lock (_lock)
            return _isNew ??= ask();
    }
}
