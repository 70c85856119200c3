using OciTools.Testing;

// Runs a test registry for another process: prints where it is, then obeys one line of standard input at a time, and
// ends with it.
var options = new TestRegistryOptions
{
    Auth = args.Contains("--bearer") ? RegistryAuth.Bearer
        : args.Contains("--basic") ? RegistryAuth.Basic
        : RegistryAuth.None,
    Tls = args.Contains("--tls"),
    PageSize = args.Contains("--pages") ? 10 : null,
};
await using TestRegistry registry = await TestRegistry.StartAsync(options);
SeedImages.AddTo(registry);
var commands = new HostCommands(registry);
Console.WriteLine(commands.Describe());
while (Console.ReadLine() is { } line)
    Console.WriteLine(await commands.RunAsync(line));
