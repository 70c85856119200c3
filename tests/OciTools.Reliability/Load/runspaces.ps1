# Many runspaces read and save the same images at once, all into one layout for each repository. Puts out how many
# results were right, and how many were not.
param(
    [string] $Registry, [string] $Folder, [int] $Runspaces, [int] $Repositories, [int] $Images
)

$module = (Get-Module OciTools).Path
$start = [Threading.Barrier]::new($Runspaces)
$right = 0
$wrong = 0
1..$Runspaces | ForEach-Object -ThrottleLimit $Runspaces -Parallel {
    $ErrorActionPreference = 'Stop'
    Import-Module $using:module
    ($using:start).SignalAndWait()
    foreach ($i in 0..($using:Repositories * $using:Images - 1)) {
        $name = ($i + $_) % ($using:Repositories * $using:Images)
        $repository = "app$([Math]::Floor($name / $using:Images))"
        $tag = "v$($name % $using:Images)"
        try {
            $index = Get-OciManifest "$using:Registry/${repository}:$tag" -Index
            $saved = Save-OciImage "$using:Registry/${repository}:$tag" -Path "$using:Folder/$repository" -PassThru
            $read = Get-OciManifest "oci:$using:Folder/${repository}:$tag" -Index
            $isRight = $saved.Digest -eq $index.Reference.Digest -and $read.Reference.Digest -eq $saved.Digest
            [pscustomobject]@{ IsRight = $isRight; Text = "${repository}:$tag has another digest" }
        }
        catch {
            [pscustomobject]@{ IsRight = $false; Text = "$_" }
        }
    }
} | ForEach-Object {
    if ($_.IsRight) { $right++ } else { $wrong++; [Console]::Error.WriteLine($_.Text) }
}
"$right, $wrong"
