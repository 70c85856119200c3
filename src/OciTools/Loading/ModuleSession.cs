using System.Runtime.CompilerServices;
using OciTools.Http;
using OciTools.Operations;
using OciTools.Transport;

namespace OciTools.Loading;

/// <summary>The one session of the process: all runspaces share its connections, tokens and credentials.</summary>
internal static class ModuleSession
{
    private static readonly Lazy<OciSession> s_current = new(() => new OciSession(CreateHttpClientSource()));

    /// <summary>The session, made on first use.</summary>
    public static OciSession Current => s_current.Value;

    // The only mention of OciTools.Http: not inlined, so that the assembly loads when it is first needed and from deps.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IHttpClientSource CreateHttpClientSource() => new HttpClientSource();
}
