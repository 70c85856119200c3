using System.Text;

namespace OciTools.Tests.RootFs;

/// <summary>Frames that the program zstd (1.5.4) made, and what they hold.</summary>
internal static class ZstdFrames
{
    /// <summary>A frame with an empty frame.</summary>
    public static readonly byte[] Empty = Convert.FromBase64String(
        "KLUv/SQAAQAAmenYUQ==");

    /// <summary>A frame with a raw block.</summary>
    public static readonly byte[] Raw = Convert.FromBase64String(
        "KLUv/QBIQQEAABQ2ZqTwT7cytk3toGEwDfPs8w0wYaDtTbYyt0/wpGY2FAD1Ahg8bg==");

    /// <summary>A frame with blocks of one repeated byte.</summary>
    public static readonly byte[] Repeated = Convert.FromBase64String(
        "KLUv/QRYVAAAEGFhAQD7/znAAgNqCGGDVryY");

    /// <summary>A frame with one stream of literals.</summary>
    public static readonly byte[] OneStream = Convert.FromBase64String(
        "KLUv/QRozQEAJAJsaW5lIDAgb2YgdGhlIHRleHQgMAoxMTQyOTMxNjQyNTUKCiig4wMQKi/2AZEsbeWbkbdZdPsO69uKiQ==");

    /// <summary>A frame with four streams of literals.</summary>
    public static readonly byte[] FourStreams = Convert.FromBase64String(
        "KLUv/QRo9RMAJjBbFpAnhXTAeiz1Nfr/kvfee0spU1DXH5xdAFgASgDTGGlNNKhlsbLSdwylFkWIQsMXBoNLWURuY2MSBc5qITSa"
        + "hZC1Ymx3ce0m9Rhhuw5Dk3OUPIlnH/DNnn4XZk1UmaoII1aZtT6AMCg4QFAwIBBQMAhgYBAGBAUGEAhUTwWpo9oqlryKXcJQ1aIK"
        + "0TREoS5oWtqQNprTJFBUDUkTZmbLMGKkOi3n2rBPK0yIEiIJGZmJEIU0KhulaLIswSBfIUQhMkGVGCPohjBYi6CjJkRMlcoJFAcn"
        + "fomFIhZpTGU8LqaPELOqB1GvmR4jPXo7+3oPvTjx4Tx4Ofk4D7w27dk7djf39g67nn7+4/v8/YevMIUnHI5wwwwvHA7hqmoAqq6n"
        + "Lqkb9a0D61f3ukItFx0jWjh0VehK0FPpAelu9HR6E+jVPGmezBwlMxlzmM6bM2Oz1HMb5qtkluTWyCFEppBDKs8oE01uLG9BLqp4"
        + "CYFcqCEcbbd/BjFXUpLmAREkcGG5rHzsvvPG0wVWCfmoysApUEuHIK4agFHowVCwYEs4DKMwCIbghkEh3CNhEAzBKAyCaUIBWMJT"
        + "olYSwag+SVRrDFWKBlUrQKVcn23qOvXW9NLaOdbQrr6+6nxU02Bqj1GDgPpOp5M0Tdel3ShNwUhbdXTuomlGtHehwQX1/vcTuk+H"
        + "9l2uD0P9S9HPcj5t+b8t6tAy44rp5UfXGc2g6BOHTiE0TqB/ct9r43qNTWcTDRNDrgrxAJsAP8CGiyeWTDQVxhEuXLlwZIqFN+Qk"
        + "YchxPl1jdEnbvnu61tVzNZ32ZK27p2tdie9NiVQlW1I+npfHI6XPd3irLEEEpCqICKir");

    /// <summary>A frame with a window, and no content size.</summary>
    public static readonly byte[] NoContentSize = Convert.FromBase64String(
        "KLUv/QRY3QsAphAnFbAl6YBfDWGLfZg6ScqUkpTHdwIOBCcAHgAdAP3EG46Q0GTzVdF02tMKvblwG4jCgCAYQzFAFAMRUAwAAsMY"
        + "iMKAELxdLtrc6cyPyLCbMSSvq2jULLmPkCL+ZDpkG7SZBa6alvHFnoffotJt2anU+tF+aoh8aovzobA2ygxWgv8f7//ff7GoXC2y"
        + "Rmo16lREZGrJpKEJjT7oZbIDgMSowXS+/xtQo2iUNhGYoRFmMW8GYwchyym3bBF2WGA5Q9v2ISj9i2dkx1MmXKGaAB9bJq7LXE3T"
        + "td5/nmQv+Qx8fALPj3XuBjV3o5e7YcrdeORmc32mpHvxwqFdjJqZu/If9p7g50f1+QBPFD7L7Syt4VpALI+Ey0P+sr8fE5rWE8Py"
        + "NH+3kPa9N+lEBtPBCOJR256eHGjiQu2u1e2ux1IyS8gbg9Y9eEX5FvFwevSmT+1sEWZjUb4TyRYxtq0AkMl3q0rD+61Q4uLACw+X"
        + "xg+RVjgcH7wDjiOrAmO/21Y=");

    /// <summary>All frames by name, each with its content.</summary>
    public static IReadOnlyDictionary<string, (byte[] Frame, byte[] Content)> All { get; } =
        new Dictionary<string, (byte[] Frame, byte[] Content)>
        {
            [nameof(Empty)] = (Empty, []),
            [nameof(Raw)] = (Raw, [.. Enumerable.Range(0, 40).Select(i => (byte)(((i * i * 7) + (i * 13)) % 251))]),
            [nameof(Repeated)] = (Repeated, [.. Enumerable.Repeat((byte)'a', 200_000)]),
            [nameof(OneStream)] = (OneStream, MakeText(6)),
            [nameof(FourStreams)] = (FourStreams, MakeText(200)),
            [nameof(NoContentSize)] = (NoContentSize, MakeText(100)),
        };

    /// <summary>Lines that are alike but not the same.</summary>
    public static byte[] MakeText(int lines) => Encoding.ASCII.GetBytes(string.Concat(
        Enumerable.Range(0, lines).Select(i => $"line {(long)i * i % 97} of the text {i}\n")));

    /// <summary>A skippable frame (RFC 8878, section 3.1.2).</summary>
    public static byte[] MakeSkippable(int length) =>
        [0x5A, 0x2A, 0x4D, 0x18, .. BitConverter.GetBytes(length), .. Enumerable.Repeat((byte)0xFD, length)];

    /// <summary>A frame of which each block repeats a zero 128 Ki times, without a content size or checksum.</summary>
    public static byte[] MakeZeros(int blocks)
    {
        var frame = new List<byte> { 0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x38 };
        for (int i = 1; i <= blocks; i++)
        {
            int header = (128 * 1024 << 3) | (1 << 1) | (i == blocks ? 1 : 0);
            frame.AddRange([(byte)header, (byte)(header >> 8), (byte)(header >> 16), 0]);
        }

        return [.. frame];
    }
}
