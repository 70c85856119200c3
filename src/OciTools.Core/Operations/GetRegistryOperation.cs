namespace OciTools.Operations;

/// <summary>Tells what the session knows of registries, and asks one what it can do.</summary>
public sealed class GetRegistryOperation(OciSession session)
{
    /// <summary>what this session is connected to; asks nobody</summary>
    public IReadOnlyList<OciRegistry> GetKnown() => throw null!;

    /// <summary>asks the registry</summary>
    public Task<OciRegistry> RunAsync(string registry, RegistryOptions? options = null, IProgress<TransferEvent>? progress = null, CancellationToken cancellationToken = default) => throw new NotSupportedException(session.ToString());
}
