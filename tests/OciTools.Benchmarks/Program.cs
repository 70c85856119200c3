using OciTools.Benchmarks;

if (args is [CoreWorker.Argument])
{
    await CoreWorker.RunAsync();
    return 0;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
try
{
    BenchmarkOptions options = BenchmarkOptions.Parse(args);
    Report report = await new Benchmark(options).RunAsync(stop.Token);
    Console.WriteLine(report);
    if (options.Report is { } path)
        report.Save(path);
    return report.Failures.Count == 0 ? 0 : 1;
}
catch (FormatException wrong)
{
    Console.Error.WriteLine($"{wrong.Message}\n\n{BenchmarkOptions.Usage}");
    return 2;
}
catch (ToolFailedException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
catch (OperationCanceledException)
{
    return 130;
}
