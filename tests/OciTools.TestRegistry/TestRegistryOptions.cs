using Microsoft.AspNetCore.Http;

namespace OciTools.Testing;

/// <summary>How a <see cref="TestRegistry"/> behaves. All but the transport may be changed while it runs.</summary>
public sealed class TestRegistryOptions
{
    /// <summary>Whether to serve https, with a certificate made for the occasion.</summary>
    public bool Tls { get; init; }

    /// <summary>Whether https asks clients for a certificate of the registry's authority.</summary>
    public bool RequireClientCertificate { get; init; }

    public RegistryAuth Auth { get; set; }

    public string UserName { get; set; } = "alice";

    public string Password { get; set; } = "correct horse";

    /// <summary>Whether the token service gives tokens to pull without a credential.</summary>
    public bool AnonymousPull { get; set; }

    /// <summary>
    /// Whether a user (null: anonymous) may do an action (pull, push, delete, *) to a repository.
    /// Null: a user everything, and anonymous pull as <see cref="AnonymousPull"/> says.
    /// </summary>
    public Func<string?, string, string, bool>? Permits { get; set; }

    /// <summary>The realm of challenges; null for the registry's own token service.</summary>
    public string? Realm { get; set; }

    /// <summary>The service of challenges; null for the registry's host and port.</summary>
    public string? Service { get; set; }

    /// <summary>How long tokens are good.</summary>
    public TimeSpan TokenLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Whether token answers say <c>expires_in</c>.</summary>
    public bool SaysExpiresIn { get; set; } = true;

    /// <summary>The members of GET token answers that hold the token.</summary>
    public IReadOnlyList<string> TokenMembers { get; set; } = ["token", "access_token"];

    /// <summary>Whether the token service knows POST (OAuth 2); else it answers 404.</summary>
    public bool OAuth2 { get; set; } = true;

    /// <summary>What time it is for tokens.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>Whether the referrers API is there; without it clients keep the fallback tag.</summary>
    public bool Referrers { get; set; } = true;

    /// <summary>Whether the referrers API filters by artifact type.</summary>
    public bool FiltersReferrers { get; set; } = true;

    /// <summary>The most entries on a page of tags, repositories or referrers; null for no limit.</summary>
    public int? PageSize { get; set; }

    /// <summary>Whether <c>Location</c> and <c>Link</c> are absolute.</summary>
    public bool AbsoluteLocations { get; set; }

    /// <summary>What <c>OCI-Chunk-Min-Length</c> says: all chunks but the last are as long. Null: nothing.</summary>
    public long? MinimumChunkLength { get; set; }

    /// <summary>Whether PATCH is known; else it answers 405, as registries without chunked uploads do.</summary>
    public bool ChunkedUploads { get; set; } = true;

    /// <summary>Whether POST with a digest takes the blob; else it opens a session, as many registries do.</summary>
    public bool MonolithicPost { get; set; } = true;

    /// <summary>Whether blobs can be mounted from other repositories; else a session is opened.</summary>
    public bool Mounts { get; set; } = true;

    /// <summary>Whether content can be deleted.</summary>
    public bool Deletes { get; set; } = true;

    /// <summary>Whether manifests of Docker's schema 1 are accepted, as by registries of old.</summary>
    public bool Schema1 { get; set; } = true;

    /// <summary>Whether manifests may refer to what is not there.</summary>
    public bool AllowsMissingReferences { get; set; }

    /// <summary>Uploads longer than this are kept on disk.</summary>
    public long MemoryLimit { get; set; } = 1024 * 1024;

    /// <summary>Stands before everything but the record of requests.</summary>
    public Func<HttpContext, Func<Task>, Task>? Middleware { get; set; }
}
