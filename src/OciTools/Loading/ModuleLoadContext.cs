using System.Reflection;
using System.Runtime.Loader;

namespace OciTools.Loading;

/// <summary>
/// Loads OciTools.Http and the packages behind it from <c>deps</c>, apart from whatever versions of them the session
/// holds.
/// </summary>
internal sealed class ModuleLoadContext : AssemblyLoadContext
{
    private const string ContextName = "OciTools";
    private const string HttpAssembly = "OciTools.Http";

    private static readonly Lazy<ModuleLoadContext> s_instance = new(() => new ModuleLoadContext());
    private static int s_installed;

    private readonly string _folder =
        Path.Combine(Path.GetDirectoryName(typeof(ModuleLoadContext).Assembly.Location)!, "deps");

    private ModuleLoadContext()
        : base(ContextName)
    {
    }

    /// <summary>Answers for OciTools.Http from now on. The first call in the process counts, and nothing undoes it:
    /// other runspaces may use the module after this one has removed it.</summary>
    public static void Install()
    {
        if (Interlocked.Exchange(ref s_installed, 1) == 0)
            Default.Resolving += static (_, name) => name.Name == HttpAssembly ? s_instance.Value.Load(name) : null;
    }

    /// <summary>
    /// Serves what lies in <c>deps</c>; the rest, OciTools.Core and the base class library, comes from the default
    /// context.
    /// </summary>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string path = Path.Combine(_folder, $"{assemblyName.Name}.dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
