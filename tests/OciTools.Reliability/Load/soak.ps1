# Does all kinds of jobs in one session until the time is over. Writes a line after each round: "sample", the seconds
# so far, the rounds so far, the bytes of live objects after a full collection. Puts out how many jobs ended otherwise
# than they should.
param([string] $Registry, [string] $Mirror, [string] $Folder, [double] $Minutes)

$module = (Get-Module OciTools).Path
$wrong = 0
$round = 0
$watch = [Diagnostics.Stopwatch]::StartNew()

function Confirm-Right([string] $What, [bool] $IsRight) {
    if (-not $IsRight) {
        $script:wrong++
        [Console]::Error.WriteLine("round ${round}: $What")
    }
}

# Runs a command that has to fail with an error of that id.
function Confirm-Error([string] $Id, [scriptblock] $Command) {
    try {
        $null = & $Command
        Confirm-Right "nothing instead of $Id" $false
    }
    catch {
        Confirm-Right "$($_.FullyQualifiedErrorId) instead of $Id" ($_.FullyQualifiedErrorId -like "$Id,*")
    }
}

while ($watch.Elapsed.TotalMinutes -lt $Minutes) {
    $round++
    $place = Join-Path $Folder "round$round"
    $null = New-Item $place -ItemType Directory
    $image = "$Registry/app:v$($round % 10)"

    # Jobs that end right.
    $index = Get-OciManifest $image -Index
    $saved = Save-OciImage $image -Path "$place/layout" -PassThru
    Confirm-Right 'the layout has another digest' ($saved.Digest -eq $index.Reference.Digest)
    $copied = Copy-OciImage "oci:$place/layout" "$Mirror/app" -PassThru
    Confirm-Right 'the mirror has another digest' ($copied.Digest -eq $index.Reference.Digest)
    $null = Copy-OciImage $image "$Mirror/copy$($round % 7):v$($round % 10)" -PassThru
    $null = Export-OciArchive $image -Path "$place/image.tar" -Format Oci -PassThru
    $imported = Import-OciArchive "$place/image.tar" -Destination "oci:$place/imported" -PassThru
    Confirm-Right 'the import has another digest' ($imported.Digest -eq $index.Reference.Digest)
    $null = Expand-OciImage $image -Platform linux/amd64 -Path "$place/root" -PassThru
    Confirm-Right 'nothing was unpacked' ((Get-ChildItem "$place/root" -Recurse -File).Count -gt 0)
    Confirm-Right 'tags are missing' (@(Get-OciTag "$Registry/app").Count -eq 10)
    $null = Get-OciManifest $image -Detailed | Get-OciConfig
    $null = Get-OciLayer $image -Platform linux/amd64 | Get-OciLayerItem
    $null = Get-OciLayer "oci:$place/layout" -Platform linux/amd64 | Get-OciLayerItem | Select-Object -First 1
    $null = Get-OciTag "$Registry/app" | Select-Object -First 1
    $null = Get-OciRegistry

    # Jobs that fail.
    Confirm-Error OciManifestNotFound { Save-OciImage "$Registry/app:absent" -Path "$place/absent" -ErrorAction Stop }
    Confirm-Error OciRepositoryNotFound { Get-OciTag "$Registry/absent" -ErrorAction Stop }
    Confirm-Error OciContentMismatch { Save-OciImage "$Registry/corrupt" -Path "$place/corrupt" -ErrorAction Stop }
    Confirm-Error OciPlatformNotFound { Get-OciManifest $image -Platform linux/mips -ErrorAction Stop }
    Confirm-Error OciLayoutNotFound { Get-OciTag "oci:$place/nowhere" -ErrorAction Stop }

    # Jobs that are stopped in the middle, as Ctrl+C does, in a runspace of their own.
    $jobs = "Save-OciImage $Registry/stalled -Path '$place/stopped'", "Copy-OciImage $Registry/stalled $Mirror/stalled"
    foreach ($job in $jobs) {
        $shell = [powershell]::Create().AddScript("Import-Module '$module'; $job")
        $invocation = $shell.BeginInvoke()
        Confirm-Right 'the job did not begin' (-not $invocation.AsyncWaitHandle.WaitOne(500))
        $shell.Stop()
        $state = $shell.InvocationStateInfo.State
        Confirm-Right "the job ended $state" ($state -eq 'Stopped')
        $shell.Dispose()
    }

    Remove-Item $place -Recurse -Force
    $Error.Clear()
    [GC]::Collect()
    [GC]::WaitForPendingFinalizers()
    [Console]::WriteLine("sample`t$([int] $watch.Elapsed.TotalSeconds)`t$round`t$([GC]::GetTotalMemory($true))")
}
"$wrong"
