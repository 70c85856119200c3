using System.Text;

namespace OciTools.Reliability.Fuzz;

/// <summary>Makes new inputs from right ones: changed bytes, pieces moved, repeated, cut out and put in.</summary>
internal sealed class Mutator(FuzzTarget target)
{
    private const int MostChanges = 6;
    private const int LongestInput = 256 * 1024;

    private static readonly string[] s_numbers =
    [
        "0", "-1", "00000000", "2147483648", "9223372036854775807", "9223372036854775808", "18446744073709551616",
        "99999999999999999999999", "1e999", "0.5",
    ];

    private readonly IReadOnlyList<byte[]> _seeds = target.Seeds;
    private readonly byte[][] _tokens = [.. target.Tokens.Concat(s_numbers).Select(Encoding.UTF8.GetBytes)];

    public byte[] Make(Random random)
    {
        byte[] input = [.. AnySeed(random)];
        // One change reaches deeper than many, which are refused at once.
        for (int i = random.Next(1, random.Next(2, MostChanges + 2)); i > 0; i--)
            input = Change(input, random);
        if (input.Length > LongestInput)
            input = input[..LongestInput];
        // At times the checksum itself is what is wrong.
        if (random.Next(10) > 0)
            target.Repair(input);
        return input;
    }

    private byte[] Change(byte[] input, Random random)
    {
        int from = random.Next(input.Length + 1);
        int to = Math.Min(input.Length, from + Length(random));
        byte[] piece = input[from..to];
        switch (random.Next(12))
        {
            case 0 or 1 when piece.Length > 0:
                input[from] ^= (byte)(1 << random.Next(8));
                return input;
            case 2 when piece.Length > 0:
                input[from] = random.Next(3) switch { 0 => 0, 1 => 0xFF, _ => (byte)random.Next(256) };
                return input;
            case 3:
                return [.. input[..from], .. input[to..]];
            case 4:
                return [.. input[..to], .. piece, .. input[to..]];
            case 5:
                int place = random.Next(input.Length + 1);
                return [.. input[..place], .. piece, .. input[place..]];
            case 6:
                return input[..from];
            case 7:
                byte[] other = AnySeed(random);
                return [.. input[..from], .. other[random.Next(other.Length)..]];
            case 8:
                byte[] noise = new byte[random.Next(1, 16)];
                random.NextBytes(noise);
                return [.. input[..from], .. noise, .. input[from..]];
            case 9:
                byte[] token = AnyToken(random);
                int times = random.Next(50) == 0 ? random.Next(1, 5000) : 1;
                IEnumerable<byte> repeated = Enumerable.Repeat(token, times).SelectMany(bytes => bytes);
                return [.. input[..from], .. repeated, .. input[from..]];
            default:
                return [.. input[..from], .. AnyToken(random), .. input[to..]];
        }
    }

    private byte[] AnySeed(Random random) => _seeds[random.Next(_seeds.Count)];

    private byte[] AnyToken(Random random) => _tokens[random.Next(_tokens.Length)];

    /// <summary>Short pieces more often than long ones.</summary>
    private static int Length(Random random) => random.Next(4) switch
    {
        0 => 512 * random.Next(1, 4),
        1 => random.Next(1, 100),
        _ => random.Next(1, 8),
    };
}
