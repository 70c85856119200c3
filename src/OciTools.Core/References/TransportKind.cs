namespace OciTools;

/// <summary>Where an image reference points.</summary>
public enum TransportKind
{
    /// <summary>A repository of a registry: <c>docker.io/library/nginx:latest</c>.</summary>
    Registry,

    /// <summary>An OCI image layout directory: <c>oci:PATH[:TAG|@DIGEST]</c>.</summary>
    Layout,

    /// <summary>A tar of an OCI image layout: <c>oci-archive:FILE[:TAG|@DIGEST]</c>.</summary>
    OciArchive,

    /// <summary>A tar as <c>docker save</c> writes it: <c>docker-archive:FILE[:NAME]</c>.</summary>
    DockerArchive,
}
