using OciTools.RootFs;

namespace OciTools.Reliability.Fuzz.Targets;

internal sealed class TarTarget : FuzzTarget
{
    private const int MostRead = 4 * 1024 * 1024;

    public override string Name => "tar";

    public override IReadOnlyList<byte[]> Seeds => TarSeeds.All;

    public override IReadOnlyList<string> Tokens => TarSeeds.Tokens;

    public override void Repair(byte[] input) => TarSeeds.RepairChecksums(input);

    public override async Task RunAsync(byte[] input)
    {
        await using var reader = new TarReader(new MemoryStream(input));
        byte[] buffer = new byte[4096];
        while (await reader.ReadEntryAsync(CancellationToken.None) is { } entry)
        {
            if (entry.Size < 0)
                throw new FuzzFailure("a size is negative");
            int read = 0;
            while (read < MostRead && await entry.Data.ReadAsync(buffer) is > 0 and int count)
                read += count;
        }
    }

    public override bool IsDocumented(Exception exception) => exception is OciException
    {
        Code: OciErrorCode.ArchiveInvalid or OciErrorCode.LimitExceeded or OciErrorCode.NotSupported,
    };
}
