# What the tests of the cmdlets share: the staged module, and test registries in processes of their own.

$root = Split-Path (Split-Path $PSScriptRoot)
$version = (Import-PowerShellDataFile (Join-Path $root 'OciTools.psd1')).ModuleVersion

function Get-ModulePath {
    Join-Path $root 'out' 'OciTools' $version 'OciTools.psd1'
}

function Get-BuildOutput([string] $Project) {
    Get-ChildItem (Join-Path $root 'tests' $Project 'bin') -Recurse -Filter "$Project.dll" |
        Sort-Object LastWriteTime | Select-Object -Last 1 -ExpandProperty FullName
}

# Starts a registry. Its members say where it is; Send has it do something, such as 'stall GET /blobs/ 100'.
function Start-TestRegistry {
    $start = [Diagnostics.ProcessStartInfo]::new('dotnet')
    $start.ArgumentList.Add((Get-BuildOutput 'OciTools.TestRegistry.Host'))
    foreach ($argument in $args) { $start.ArgumentList.Add($argument) }
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    $process = [Diagnostics.Process]::Start($start)
    $process.StandardOutput.ReadLine() | ConvertFrom-Json |
        Add-Member Process $process -PassThru |
        Add-Member Send -MemberType ScriptMethod -PassThru -Value {
            $this.Process.StandardInput.WriteLine($args[0])
            $this.Process.StandardOutput.ReadLine() | ConvertFrom-Json -NoEnumerate
        }
}

function Stop-TestRegistry($Registry) {
    $Registry.Process.StandardInput.Close()
    $Registry.Process.WaitForExit()
}

# A credential of the registry's user, or of the user with a wrong password.
function Get-TestCredential($Registry, [string] $Password = $Registry.Password) {
    [pscredential]::new($Registry.UserName, (ConvertTo-SecureString $Password -AsPlainText -Force))
}

# Runs a command and hands back everything that it writes, errors as well.
function Invoke-Recorded([scriptblock] $Command) {
    $PSDefaultParameterValues = @{}
    & $Command *>&1
}

# Runs a script in another process with the module imported, and hands back what it prints.
function Invoke-NewSession([string] $Script, [string] $WorkingDirectory = $PWD) {
    $text = "Set-Location -LiteralPath '$WorkingDirectory'; Import-Module '$(Get-ModulePath)'; $Script"
    pwsh -NoProfile -NonInteractive -OutputFormat Text -Command $text
}

Export-ModuleMember Get-ModulePath, Get-BuildOutput, *-TestRegistry, Get-TestCredential, Invoke-NewSession
