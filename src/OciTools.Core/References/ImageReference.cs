using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace OciTools;

/// <summary>Names an image: where it is, and which one by tag or digest.</summary>
/// <remarks>
/// <para>
/// References to registries have the form <c>[host[:port]/]repository[:tag][@digest]</c> and follow the grammar and the
/// Docker Hub defaults of distribution/reference: <c>nginx</c> is <c>docker.io/library/nginx:latest</c>. The first part
/// is a host when it has a dot, a colon or an upper-case letter, or is <c>localhost</c>. A leading <c>docker://</c> is
/// accepted.
/// </para>
/// <para>
/// References to files are <c>oci:FOLDER</c>, <c>oci-archive:FILE</c> and <c>docker-archive:FILE</c>, each with an
/// optional <c>:NAME</c> and <c>@DIGEST</c>. The name starts after the first colon that is not directly followed by a
/// slash or backslash, so <c>oci:C:\images\app:1.0</c> and <c>oci:app:docker.io/library/nginx:1.25</c> both mean what
/// they seem to. A path that has another colon cannot be written as text; <see cref="ForLayout"/> takes it.
/// </para>
/// </remarks>
public sealed class ImageReference : IEquatable<ImageReference>
{
    internal const string DockerHub = "docker.io";
    internal const string DefaultTag = "latest";

    private const string DockerHubApi = "registry-1.docker.io";
    private const string OfficialPrefix = "library/";

    internal ImageReference(TransportKind transport, string path, string? tag, Digest? digest)
    {
        Transport = transport;
        Path = path;
        Tag = tag;
        Digest = digest;
    }

    internal ImageReference(string registry, string repository, string? tag, Digest? digest)
    {
        Transport = TransportKind.Registry;
        Registry = registry;
        Repository = repository;
        Tag = tag;
        Digest = digest;
    }

    /// <summary>Where the reference points: a registry, a layout or an archive.</summary>
    public TransportKind Transport { get; }

    /// <summary>The registry's host and port, for example <c>docker.io</c> or <c>[::1]:5000</c>.</summary>
    /// <value>Null when <see cref="Transport"/> is not <see cref="TransportKind.Registry"/>.</value>
    public string? Registry { get; }

    /// <summary>The repository in full, for example <c>library/nginx</c>.</summary>
    /// <value>Null when <see cref="Transport"/> is not <see cref="TransportKind.Registry"/>.</value>
    public string? Repository { get; }

    /// <summary>The path of the layout or archive, as it was written.</summary>
    /// <value>Null when <see cref="Transport"/> is <see cref="TransportKind.Registry"/>.</value>
    public string? Path { get; }

    /// <summary>
    /// The tag; in a layout, the value of <c>org.opencontainers.image.ref.name</c>; in a docker archive, the image's
    /// name.
    /// </summary>
    /// <value>
    /// <c>latest</c> when the text names a repository with neither tag nor digest; otherwise null when nothing is said.
    /// For a layout or archive, null with a null <see cref="Digest"/> means its first or only image.
    /// </value>
    public string? Tag { get; }

    /// <summary>The digest that the reference is pinned to; it decides when there is a tag as well.</summary>
    /// <value>Null when the reference is not pinned.</value>
    public Digest? Digest { get; }

    /// <summary>
    /// Whether the text named a repository alone, so that <see cref="Tag"/> is only the default. As a destination it
    /// means the repository: images keep their tags.
    /// </summary>
    internal bool IsTagImplied { get; init; }

    /// <summary>
    /// The reference as people write it: <c>nginx:latest</c> for <c>docker.io/library/nginx:latest</c>.
    /// </summary>
    public string FamiliarName
    {
        get
        {
            if (Registry != DockerHub)
                return ToString();

            bool official = Repository!.StartsWith(OfficialPrefix, StringComparison.Ordinal)
                && Repository.IndexOf('/', OfficialPrefix.Length) < 0;
            return AppendName(official ? Repository[OfficialPrefix.Length..] : Repository);
        }
    }

    /// <summary>A short name for files made from the image: the last part of the repository or path.</summary>
    /// <value><c>nginx</c> for <c>docker.io/library/nginx</c> and for <c>oci-archive:out/nginx.tar</c>.</value>
    public string DefaultName
    {
        get
        {
            string place = (Repository ?? Path!).TrimEnd('/', '\\');
            string last = place[(place.LastIndexOfAny(['/', '\\']) + 1)..];
            if (Transport is TransportKind.OciArchive or TransportKind.DockerArchive)
                last = System.IO.Path.GetFileNameWithoutExtension(last);

            // "oci:." and "oci:C:\" have no name of their own.
            return last.Trim('.').Length == 0 || last.EndsWith(':') ? "image" : last;
        }
    }

    /// <summary>The host and port that answer the registry's API.</summary>
    /// <value>
    /// <c>registry-1.docker.io</c> for <c>docker.io</c>, otherwise <see cref="Registry"/>; null unless the reference is
    /// to a registry.
    /// </value>
    public string? ApiHost => Registry == DockerHub ? DockerHubApi : Registry;

    /// <summary>
    /// Whether the registry is on this machine: <c>localhost</c>, 127.0.0.0/8 or <c>[::1]</c>, with any port.
    /// </summary>
    public bool IsLoopback
    {
        get
        {
            if (Registry is null)
                return false;

            string host = ReferenceGrammar.SplitPort(Registry).Host;
            return host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
                || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));
        }
    }

    /// <summary>Parses a reference as a person writes it.</summary>
    /// <param name="text">
    /// For example <c>nginx</c>, <c>ghcr.io/owner/app:1.2@sha256:…</c> or <c>oci:C:\images\app:1.2</c>.
    /// </param>
    /// <exception cref="FormatException">
    /// The text is not a reference; the message says which part is wrong, and where.
    /// </exception>
    public static ImageReference Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return ReferenceParser.Parse(text, out string? reason)
            ?? throw new FormatException($"'{DisplayText.Sanitize(text)}' is not an image reference: {reason}.");
    }

    /// <summary>Parses a reference as a person writes it, without throwing.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out ImageReference? reference)
    {
        reference = text is null ? null : ReferenceParser.Parse(text, out _);
        return reference is not null;
    }

    /// <summary>Makes a reference to a repository of a registry; nothing is added for a missing tag.</summary>
    /// <param name="registry">The host and optional port. A name without dot or port must be <c>localhost</c>.</param>
    /// <param name="repository">The repository. On Docker Hub, <c>nginx</c> means <c>library/nginx</c>.</param>
    /// <param name="tag">The tag, or null.</param>
    /// <param name="digest">The digest, or null.</param>
    /// <exception cref="ArgumentException">A part breaks the grammar.</exception>
    public static ImageReference ForRegistry(
        string registry, string repository, string? tag = null, Digest? digest = null)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(repository);

        if (!ReferenceGrammar.IsHost(registry))
        {
            throw new ArgumentException(
                $"The host '{DisplayText.Sanitize(registry)}' needs a dot or a port, or is 'localhost'.",
                nameof(registry));
        }

        registry = NormalizeRegistry(registry);
        repository = NormalizeRepository(registry, repository);
        ThrowIfWrong(ReferenceGrammar.CheckHost(registry, 0), nameof(registry));
        ThrowIfWrong(ReferenceGrammar.CheckRepository(repository, 0), nameof(repository));
        if (tag is not null)
            ThrowIfWrong(ReferenceGrammar.CheckTag(tag, 0), nameof(tag));

        return new ImageReference(registry, repository, tag, digest);
    }

    /// <summary>Makes a reference to an OCI image layout directory.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="tag">The image's name in the layout, or null.</param>
    /// <param name="digest">The digest, or null.</param>
    /// <exception cref="ArgumentException">The path is empty or the tag cannot be a name in a layout.</exception>
    public static ImageReference ForLayout(string path, string? tag = null, Digest? digest = null) =>
        ForPath(TransportKind.Layout, path, tag, digest);

    internal static ImageReference ForPath(TransportKind transport, string path, string? tag, Digest? digest)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (tag is not null)
            ThrowIfWrong(ReferenceGrammar.CheckName(tag, 0), nameof(tag));

        return new ImageReference(transport, path, tag, digest);
    }

    /// <summary>Names another image in the same place: this tag, no digest.</summary>
    /// <exception cref="ArgumentException">The tag breaks the grammar.</exception>
    public ImageReference WithTag(string tag)
    {
        ArgumentNullException.ThrowIfNull(tag);
        ThrowIfWrong(CheckTag(Transport, tag), nameof(tag));
        return With(tag, null);
    }

    /// <summary>Pins the reference: the same place and tag, and this digest.</summary>
    public ImageReference WithDigest(Digest digest)
    {
        ArgumentNullException.ThrowIfNull(digest);
        return With(Tag, digest);
    }

    /// <summary>The place alone: neither tag nor digest.</summary>
    public ImageReference WithoutName() => With(null, null);

    /// <summary>Whether the text can be a tag of this reference's kind of place.</summary>
    internal bool Accepts(string tag) => CheckTag(Transport, tag) is null;

    /// <summary>
    /// This place, under the name that an image has elsewhere. A layout may name it in full, and the tag is the end of
    /// such a name.
    /// </summary>
    /// <exception cref="OciException"><see cref="OciErrorCode.ReferenceInvalid"/>: the name holds no tag.</exception>
    internal ImageReference WithNameOf(string name)
    {
        if (Accepts(name))
            return WithTag(name);
        return TryParse(name, out ImageReference? full) && full.Tag is not null
            ? WithTag(full.Tag)
            : throw new OciException(
                OciErrorCode.ReferenceInvalid,
                $"The image is named '{DisplayText.Sanitize(name)}', which cannot be a tag. "
                + "Give the destination a tag.",
                this);
    }

    internal static string NormalizeRegistry(string registry)
    {
        // Host names are case-insensitive, but upper case may be all that makes a single name a host.
        string lower = registry.ToLowerInvariant();
        if (!ReferenceGrammar.IsHost(lower))
            return registry;

        return lower == "index.docker.io" ? DockerHub : lower;
    }

    internal static string NormalizeRepository(string registry, string repository) =>
        registry == DockerHub && !repository.Contains('/', StringComparison.Ordinal)
            ? OfficialPrefix + repository
            : repository;

    /// <inheritdoc/>
    public bool Equals(ImageReference? other) => other is not null
        && Transport == other.Transport
        && Registry == other.Registry
        && Repository == other.Repository
        && Path == other.Path
        && Tag == other.Tag
        && Equals(Digest, other.Digest);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ImageReference);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Transport, Registry, Repository, Path, Tag, Digest);

    /// <summary>The reference in full, which <see cref="Parse"/> reads back to an equal one.</summary>
    /// <remarks>
    /// A reference to a repository without tag and digest is a place; read back, it names the tag latest.
    /// </remarks>
    public override string ToString() => AppendName(Transport switch
    {
        TransportKind.Layout => ReferenceParser.LayoutPrefix + Path,
        TransportKind.OciArchive => ReferenceParser.OciArchivePrefix + Path,
        TransportKind.DockerArchive => ReferenceParser.DockerArchivePrefix + Path,
        _ => $"{Registry}/{Repository}",
    });

    private static string? CheckTag(TransportKind transport, string tag) => transport == TransportKind.Registry
        ? ReferenceGrammar.CheckTag(tag, 0)
        : ReferenceGrammar.CheckName(tag, 0);

    private static void ThrowIfWrong(string? reason, string parameter)
    {
        if (reason is not null)
            throw new ArgumentException($"{char.ToUpperInvariant(reason[0])}{reason[1..]}.", parameter);
    }

    private ImageReference With(string? tag, Digest? digest) => Transport == TransportKind.Registry
        ? new ImageReference(Registry!, Repository!, tag, digest)
        : new ImageReference(Transport, Path!, tag, digest);

    private string AppendName(string place)
    {
        string tag = Tag is null ? "" : $":{Tag}";
        return Digest is null ? place + tag : $"{place}{tag}@{Digest}";
    }
}
