namespace OciTools.Reliability.Chaos;

/// <summary>A way in which registries, networks and files go wrong.</summary>
/// <param name="Name">Its name in the report.</param>
/// <param name="Place">Where it happens.</param>
/// <param name="Arm">Prepares it.</param>
/// <param name="MayEnd">The errors that it may end an operation with; none for what must be survived.</param>
internal sealed partial record FaultKind(
    string Name, FaultPlace Place, Action<FaultScene> Arm, params IReadOnlyList<OciErrorCode> MayEnd)
{
    /// <summary>Whether it can be made to happen on this machine.</summary>
    public bool IsPossible => Place != FaultPlace.Disk || SmallDisk.IsAvailable;

    public bool Fits(JobKind kind) =>
        (Place.HasFlag(FaultPlace.Source) && kind.ReadsRegistry())
        || (Place.HasFlag(FaultPlace.Destination) && kind.WritesRegistry())
        || (Place.HasFlag(FaultPlace.File) && (kind.ReadsLayout() || kind.ReadsArchive()))
        || (Place.HasFlag(FaultPlace.Disk) && (kind.WritesLayout() || kind.WritesArchive()));

    /// <summary>Prepares it in one of the places of an operation that it fits.</summary>
    public FaultScene ArmIn(Stage stage, Random random)
    {
        bool mayRead = Place.HasFlag(FaultPlace.Source) && stage.Source is not null;
        bool mayWrite = Place.HasFlag(FaultPlace.Destination) && stage.Destination is not null;
        bool reads = mayRead && (!mayWrite || random.Next(2) == 0);
        var scene = new FaultScene(stage, reads ? stage.Source : mayWrite ? stage.Destination : null, random);
        Arm(scene);
        return scene;
    }
}
