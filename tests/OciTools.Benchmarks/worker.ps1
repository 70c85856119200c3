# The worker that calls the cmdlets in an open session. WorkerProtocol.cs describes the lines.
param([Parameter(Mandatory)] [string] $Module)

$ErrorActionPreference = 'Stop'

function Say([string] $Word, [object] $Value) {
    $text = $Value -is [timespan] ? $Value.TotalMilliseconds.ToString([cultureinfo]::InvariantCulture) : "$Value"
    [Console]::WriteLine("$Word`t$($text -replace '\s+', ' ')")
}

Import-Module $Module
Say ready ([Environment]::CpuUsage.TotalTime)
while ($null -ne ($line = [Console]::In.ReadLine())) {
    $before = [Environment]::CpuUsage.TotalTime
    $source, $destination = $line -split "`t"
    try {
        if ($destination -match '^oci:(?<Path>.+):v1$') {
            $null = Save-OciImage $source -Path $Matches.Path -PassThru
        }
        else {
            $null = Copy-OciImage $source $destination -PassThru
        }
        Say done ([Environment]::CpuUsage.TotalTime - $before)
    }
    catch {
        Say failed $_
    }
}
