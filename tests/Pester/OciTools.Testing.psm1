# What the tests of the cmdlets share: the staged module, and test registries in processes of their own.

$root = Split-Path (Split-Path $PSScriptRoot)
$version = (Import-PowerShellDataFile (Join-Path $root 'OciTools.psd1')).ModuleVersion

function Get-ModulePath {
    Join-Path $root 'out' 'OciTools' $version 'OciTools.psd1'
}

# The library that a test project was built to last.
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
            $this.Process.StandardOutput.ReadLine() | ConvertFrom-Json
        }
}

function Stop-TestRegistry($Registry) {
    $Registry.Process.StandardInput.Close()
    $Registry.Process.WaitForExit()
}

# A credential of the registry's user; with another password it is a wrong one.
function Get-TestCredential($Registry, [string] $Password = $Registry.Password) {
    [pscredential]::new($Registry.UserName, (ConvertTo-SecureString $Password -AsPlainText -Force))
}

# Runs a script with the module in another process, and hands back the lines that it prints.
function Invoke-NewSession([string] $Script) {
    pwsh -NoProfile -NonInteractive -Command "`$ErrorActionPreference = 'Stop'; $Script"
}

# Begins a script with the module in a runspace of its own. Stop ends it as Ctrl+C does; Streams has what it wrote.
function Start-Runspace([string] $Script) {
    $shell = [powershell]::Create().AddScript("Import-Module '$(Get-ModulePath)'; $Script")
    $shell | Add-Member Invocation $shell.BeginInvoke() -PassThru
}

Export-ModuleMember *-TestRegistry, Get-ModulePath, Get-BuildOutput, Get-TestCredential, Invoke-*, Start-Runspace
