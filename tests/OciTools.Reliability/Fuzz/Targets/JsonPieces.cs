namespace OciTools.Reliability.Fuzz.Targets;

internal static class JsonPieces
{
    public static IReadOnlyList<string> All { get; } =
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "{}", "[]", "\"\"", "\"\\ud800\"", "\\u0000", "\\",
        "\"a\":1,", "\"\\ud800\":1,", "[[[[", "{\"a\":", "\uFEFF", "-", "1.5", "\"digest\":", "\"size\":",
        "\"mediaType\":", "\"layers\":", "\"manifests\":", "\"config\":", "\"annotations\":{\"\\udc00\":\"\"}",
        "\"platform\":{\"os\":\"\\ud800\",\"architecture\":\"\"}", "\"urls\":[\"\"]", "\"data\":\"!\"",
    ];
}
