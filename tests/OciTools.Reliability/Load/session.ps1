# A session that runs one line of standard input after the other and answers each with a line: "done" and what came of
# it, or "failed" and why. PwshSession.cs is the other end.
param([Parameter(Mandatory)] [string] $Module)

$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Import-Module $Module
while ($null -ne ($line = [Console]::In.ReadLine())) {
    try {
        [Console]::WriteLine("done`t$(& ([scriptblock]::Create($line)))")
    }
    catch {
        [Console]::WriteLine("failed`t$($_ -replace '\s+', ' ')")
    }
}
