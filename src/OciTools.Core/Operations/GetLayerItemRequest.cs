namespace OciTools.Operations;

/// <summary>What <see cref="GetLayerItemOperation"/> is asked for.</summary>
public sealed record GetLayerItemRequest
{
    /// <summary>The image.</summary>
    public required ImageReference Reference { get; init; }

    /// <summary>The platform.</summary>
    /// <value>Null (the default) for the only image there is, or of several the one for Linux on this machine.</value>
    public Platform? Platform { get; init; }

    /// <summary>
    /// Patterns of the paths to show, for example <c>etc/*.conf</c>: <c>*</c> stands for any text, slashes included,
    /// <c>?</c> for one character, and a backslash makes the next character an ordinary one. Capital letters count.
    /// </summary>
    /// <value>Empty (the default) for all.</value>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>How to talk to the registry; null for the defaults.</summary>
    public RegistryOptions? Options { get; init; }
}
