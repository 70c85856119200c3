namespace OciTools.Benchmarks;

/// <summary>A tool that copies images, or unpacks them.</summary>
internal interface ITool
{
    /// <summary>The name on the command line and in the report.</summary>
    string Name { get; }

    /// <summary>Whether it is measured by a scenario.</summary>
    bool Does(Scenario scenario);

    /// <summary>Forgets what earlier runs left on the disk, as on a machine that never saw the image.</summary>
    void Forget();

    /// <summary>Copies an image, with all its platforms.</summary>
    /// <exception cref="ToolFailedException">The tool reported a failure.</exception>
    Task<Sample> CopyAsync(Endpoint source, Endpoint destination, CancellationToken cancellationToken);
}
