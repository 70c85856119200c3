#Requires -Version 7.6
<#
.SYNOPSIS
Builds, tests, documents or packs the module.
.DESCRIPTION
Build needs the .NET SDK. Test runs all tests: those of the code, then those of the cmdlets, which need Pester 5. Docs needs
Microsoft.PowerShell.PlatyPS 1. Nothing here is needed to build the module: dotnet build OciTools.sln puts it together
in out/OciTools/<version>.
.EXAMPLE
./build.ps1 -Task Test
#>
[CmdletBinding()]
param(
    [ValidateSet('Build', 'Test', 'Docs', 'Pack')]
    [string[]] $Task = 'Build',

    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Release'
)

Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

$name = 'OciTools'
$version = (Import-PowerShellDataFile (Join-Path $PSScriptRoot "$name.psd1")).ModuleVersion
$staged = Join-Path $PSScriptRoot 'out' $name $version
$help = Join-Path $PSScriptRoot 'docs' 'en-US'

function Invoke-Build {
    dotnet build (Join-Path $PSScriptRoot "$name.sln") --configuration $Configuration
}

function Invoke-Test {
    dotnet test (Join-Path $PSScriptRoot "$name.sln") --configuration $Configuration
    Import-Module Pester -MinimumVersion 5.0
    $pester = New-PesterConfiguration
    $pester.Run.Path = Join-Path $PSScriptRoot 'tests' 'Pester'
    $pester.Run.Throw = $true
    $pester.Output.Verbosity = 'Detailed'
    Invoke-Pester -Configuration $pester
}

# Get-Help breaks lines by itself, and shows an example's code and remarks apart.
function Repair-Help([xml] $document) {
    foreach ($example in $document.SelectNodes("//*[local-name()='example']")) {
        $code = $example.SelectSingleNode("*[local-name()='code']")
        $remarks = $example.SelectSingleNode("*[local-name()='remarks']")
        foreach ($part in @($example.SelectNodes("*[local-name()='introduction']/*"))) {
            if ($part.InnerText -match '(?s)^```\w*\n(.*)\n```$' -and -not $code.InnerText) {
                $code.InnerText = $Matches[1]
            }
            elseif ($part.InnerText -match '\w') {
                $null = $remarks.AppendChild($part)
                continue
            }
            $null = $part.ParentNode.RemoveChild($part)
        }
        # What parts it from the next example.
        $null = $remarks.AppendChild($document.CreateElement('maml', 'para', $remarks.GetNamespaceOfPrefix('maml')))
    }
    foreach ($part in @($document.SelectNodes("//*[local-name()='para']"))) {
        foreach ($block in $part.InnerText -split '\n\s*\n') {
            $one = $part.CloneNode($false)
            $one.InnerText = if ($block.StartsWith('```')) { $block } else { $block -replace '\n(?!- )\s*', ' ' }
            $null = $part.ParentNode.InsertBefore($one, $part)
        }
        $null = $part.ParentNode.RemoveChild($part)
    }
}

# Makes the help file from the pages, and notes which pages it was made from, so that a test can tell when it is stale.
function Update-Help {
    Import-Module Microsoft.PowerShell.PlatyPS -MinimumVersion 1.0
    $pages = Get-ChildItem $help -Filter '*-Oci*.md' | Sort-Object Name
    $made = Import-MarkdownCommandHelp -Path $pages.FullName |
        Export-MamlCommandHelp -OutputFolder (Join-Path $PSScriptRoot 'out' 'help') -Force
    # Links between pages are for browsers; Get-Help would take them for addresses.
    $text = ($made | Get-Content -Raw) -replace '<maml:uri>[\w-]+\.md</maml:uri>', '<maml:uri />'
    $document = [xml] $text.ReplaceLineEndings("`n")
    Repair-Help $document
    $settings = [Xml.XmlWriterSettings] @{ Indent = $true; NewLineChars = "`n"; Encoding = [Text.UTF8Encoding]::new() }
    $writer = [Xml.XmlWriter]::Create((Join-Path $help $made.Name), $settings)
    $document.Save($writer)
    $writer.Dispose()
    $sources = foreach ($page in $pages) {
        $bytes = [Text.Encoding]::UTF8.GetBytes((Get-Content $page -Raw).ReplaceLineEndings("`n"))
        '{0}  {1}' -f [Convert]::ToHexStringLower([Security.Cryptography.SHA256]::HashData($bytes)), $page.Name
    }
    Set-Content (Join-Path $help "$name.dll-Help.sources") ($sources -join "`n")
}

# A zip of the staged module: unpacked into a folder of PSModulePath, it is installed.
function New-Package {
    Invoke-Build
    $package = Join-Path $PSScriptRoot 'out' "$name-$version.zip"
    Remove-Item $package -ErrorAction Ignore
    Get-ChildItem (Split-Path $staged) -Exclude $version | Remove-Item -Recurse
    [IO.Compression.ZipFile]::CreateFromDirectory((Split-Path $staged), $package, 'Optimal', $true)
    Get-Item $package
}

switch ($Task) {
    'Build' { Invoke-Build }
    'Test' { Invoke-Test }
    'Docs' { Update-Help }
    'Pack' { New-Package }
}
