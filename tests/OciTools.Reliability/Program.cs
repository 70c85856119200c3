using OciTools.Reliability.Chaos;
using OciTools.Reliability.Fuzz;
using OciTools.Reliability.Load;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
try
{
    return args switch
    {
        [ChaosCommand.Verb, .. string[] rest] => await ChaosCommand.RunAsync(rest, stop.Token),
        [FuzzCommand.Verb, .. string[] rest] => await FuzzCommand.RunAsync(rest, stop.Token),
        [LoadCommand.Verb, .. string[] rest] => await LoadCommand.RunAsync(rest, stop.Token),
        [JobWorker.Verb] => await JobWorker.RunAsync(),
        _ => throw new FormatException("Say what to run."),
    };
}
catch (FormatException wrong)
{
    Console.Error.WriteLine(
        $"{wrong.Message}\n\n{ChaosOptions.Usage}\n\n{FuzzOptions.Usage}\n\n{LoadOptions.Usage}");
    return 2;
}
catch (OperationCanceledException)
{
    return 130;
}
