using System.Globalization;
using System.Text;

namespace OciTools.Testing;

/// <summary>The images that every hosted registry begins with.</summary>
internal static class SeedImages
{
    private const int BigLength = 8 * 1024 * 1024;
    private const int ManyTags = 200;

    public static void AddTo(TestRegistry registry)
    {
        foreach (string tag in (string[])["1.0", "1.1", "2.0", "latest"])
            TestImages.MultiPlatform().AddTo(registry, "app", tag);
        TestImages.Single(seed: 2).AddTo(registry, "single");
        TestImages.DockerManifestList(seed: 3).AddTo(registry, "docker");
        TestImages.Artifact(seed: 4).AddTo(registry, "artifact");

        TestImage signed = TestImages.Single(seed: 5).AddTo(registry, "signed");
        TestImages.Referrer(signed).AddTo(registry, "signed", tag: null);

        byte[] noise = new byte[BigLength];
        new Random(6).NextBytes(noise);
        var layer = TestLayer.FromFiles(new Dictionary<string, byte[]> { ["big"] = noise });
        TestImages.Single([layer]).AddTo(registry, "big");

        TestImages.Single(
        [
            TestLayer.FromFiles(new Dictionary<string, byte[]>
            {
                ["etc/release"] = "VERSION=1\n"u8.ToArray(),
                ["etc/gone"] = "gone\n"u8.ToArray(),
                ["etc/latin1"] = Encoding.Latin1.GetBytes("K\u00f6ln\n"),
                ["etc/utf16"] = [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("K\u00f6ln\r\nBonn")],
            }),
            TestLayer.FromFiles(new Dictionary<string, byte[]>
            {
                ["etc/release"] = "NAME=\"Test\"\nVERSION=2\n"u8.ToArray(),
                ["etc/.wh.gone"] = [],
            }),
        ]).AddTo(registry, "files");

        Schema1Images.Usual().AddTo(registry, "old");
        Schema1Images.Usual(signed: false).AddTo(registry, "unsigned");
        TestImages.Index(
            [Schema1Images.Usual(), TestImages.DockerSingle(platform: TestImages.Arm64)],
            MediaTypes.DockerManifestList).AddTo(registry, "list");

        TestImage many = TestImages.Single(seed: 7);
        for (int i = 0; i < ManyTags; i++)
            many.AddTo(registry, "many", string.Create(CultureInfo.InvariantCulture, $"v{i:000}"));
    }
}
