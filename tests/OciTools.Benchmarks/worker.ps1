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
        $null = switch -Regex ("$source>$destination") {
            '^Archive:(.+)>(.+)$' { Import-OciArchive $Matches[1] $Matches[2] -PassThru; break }
            '>Archive:(.+)$' { Export-OciArchive $source -Path $Matches[1] -PassThru; break }
            '>Directory:(.+)$' { Expand-OciImage $source -Path $Matches[1] -PassThru; break }
            '>Tar:(.+)$' { Expand-OciImage $source -Path $Matches[1] -AsTar -PassThru; break }
            '>Git:(.+)$' { Expand-OciImage $source -Path $Matches[1] -AsGit -PassThru; break }
            '>oci:(.+):v1$' { Save-OciImage $source -Path $Matches[1] -PassThru; break }
            default { Copy-OciImage $source $destination -PassThru }
        }
        Say done ([Environment]::CpuUsage.TotalTime - $before)
    }
    catch {
        Say failed $_
    }
}
