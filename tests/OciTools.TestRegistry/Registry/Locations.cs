using Microsoft.AspNetCore.Http;

namespace OciTools.Testing;

/// <summary>Addresses in headers, relative or absolute as the options say.</summary>
internal static class Locations
{
    public static string Location(this HttpContext context, TestRegistryOptions options, string path) =>
        options.AbsoluteLocations ? $"{context.Request.Scheme}://{context.Request.Host}{path}" : path;
}
