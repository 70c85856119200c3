// Finds an image, filters its platforms, saves one and copies it on, and checks every byte that was written.
//
//   dotnet run docs/samples/try.cs                        with a registry and an image made for the occasion
//   dotnet run docs/samples/try.cs -- REFERENCE FOLDER    with an image of yours, saved to a folder

#:property PublishAot=false
#:project ../../src/OciTools.Core/OciTools.Core.csproj
#:project ../../src/OciTools.Http/OciTools.Http.csproj
#:project ../../tests/OciTools.TestRegistry/OciTools.TestRegistry.csproj

using System.Security.Cryptography;
using OciTools;
using OciTools.Http;
using OciTools.Operations;
using OciTools.Testing;

var session = new OciSession(new HttpClientSource());
if (args is [string reference, string target])
{
    await SaveAsync(ImageReference.Parse(reference), target);
    return 0;
}

if (args.Length != 0)
{
    Console.Error.WriteLine("Give a reference and a folder, or nothing.");
    return 1;
}

await using TestRegistry registry = await TestRegistry.StartAsync();
TestImages.MultiPlatform().AddTo(registry, "demo/app", "1.0");
Console.WriteLine($"A registry listens on {registry.Url} and holds demo/app:1.0.");

string folder = Directory.CreateTempSubdirectory("ocitools-").FullName;
try
{
    OciTransferResult saved = await SaveAsync(ImageReference.Parse(registry.Reference("demo/app", "1.0")), folder);

    var copy = await new CopyImageOperation(session).RunAsync(new CopyImageRequest
    {
        Source = saved.Destination,
        Destination = ImageReference.Parse(registry.Reference("demo/copy", "1.0")),
    });
    Console.WriteLine($"Copied it to {copy.Destination}: {copy.ItemsTransferred} items, {copy.BytesTransferred} bytes.");
    if (registry.GetManifest("demo/copy", "1.0")?.Digest.Equals(saved.Digest) != true)
        throw new InvalidOperationException("The copy has another digest.");
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

async Task<OciTransferResult> SaveAsync(ImageReference image, string path)
{
    Console.WriteLine($"\n{image} is for:");
    var found = new List<OciManifest>();
    await foreach (OciManifest manifest in new GetManifestOperation(session).RunAsync(new GetManifestRequest { Reference = image }))
    {
        Console.WriteLine($"  {manifest.Platform,-32} {manifest.Digest}");
        found.Add(manifest);
    }

    OciManifest chosen = found.Find(manifest => manifest.Platform?.Architecture == "arm64") ?? found[0];
    OciTransferResult saved = await new CopyImageOperation(session).RunAsync(new CopyImageRequest
    {
        Source = chosen.Reference,
        Descriptor = chosen.Descriptor,
        Destination = ImageReference.ForLayout(path),
    });
    Console.WriteLine($"\nSaved {chosen.Platform} to {path}: {saved.ItemsTransferred} items, {saved.BytesTransferred} bytes.");
    Console.WriteLine($"Checked {CheckBlobs(path)} blobs: each has the digest that its name says.");
    return saved;
}

static int CheckBlobs(string layout)
{
    string[] blobs = Directory.GetFiles(Path.Combine(layout, "blobs", "sha256"));
    foreach (string blob in blobs)
    {
        using FileStream content = File.OpenRead(blob);
        if (Convert.ToHexStringLower(SHA256.HashData(content)) != Path.GetFileName(blob))
            throw new InvalidOperationException($"{blob} has another digest.");
    }

    return blobs.Length;
}
