namespace OciTools.Transport;

/// <summary>From where a server can be reached: the further down, the nearer it is to this computer.</summary>
internal enum NetworkPlace
{
    /// <summary>From everywhere.</summary>
    Internet,

    /// <summary>From this computer's network.</summary>
    PrivateNetwork,

    /// <summary>From this computer.</summary>
    ThisComputer,

    /// <summary>From this computer, to which it tells secrets: the metadata service of a cloud.</summary>
    Metadata,
}
