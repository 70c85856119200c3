namespace OciTools.Reliability.Chaos;

/// <summary>Looks at what is at the destination of an operation.</summary>
internal sealed class Inspector(Stage stage)
{
    /// <summary>Whether an archive is there: it is not put in place before it is whole.</summary>
    public bool HasArchive => File.Exists(stage.DestinationArchive);

    /// <summary>What is wrong after a job that says that it succeeded.</summary>
    public IEnumerable<string> Check(string digest)
    {
        Holdings found = Look();
        string? tagged = found.Tags.GetValueOrDefault(Stage.Tag);
        return tagged == digest
            ? FindFlaws(found).Select(flaw => flaw.Text)
            : [$"{Stage.Tag} is {tagged ?? "nothing"}, and the result says {digest}"];
    }

    /// <summary>What a job that did not succeed has left that looks whole and is not.</summary>
    public IEnumerable<string> FindFlaws() =>
        FindFlaws(Look()).Where(flaw => !stage.WasDamaged(flaw.Digest)).Select(flaw => flaw.Text);

    private IEnumerable<Flaw> FindFlaws(Holdings found) => found.FindFlaws(stage.Known, stage.Conversion);

    private Holdings Look() =>
        stage.Destination is { } destination ? Holdings.OfRegistry(destination.Registry, Stage.Repository)
        : stage.Job.Kind.WritesLayout() ? Holdings.OfLayout(stage.DestinationLayout)
        : Holdings.OfArchive(stage.DestinationArchive);
}
