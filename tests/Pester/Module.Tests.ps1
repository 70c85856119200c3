BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'The module' {
    It 'exports its cmdlets and nothing else' {
        $module = Get-Module OciTools
        $module.ExportedCommands.Values.CommandType | Select-Object -Unique | Should -Be Cmdlet
        $module.ExportedCommands.Keys | Should -Be (Import-PowerShellDataFile (Get-ModulePath)).CmdletsToExport
    }

    It 'can be imported again, by force too' {
        Import-Module (Get-ModulePath)
        Import-Module (Get-ModulePath) -Force
        Get-OciManifest "$at/single" | Should -HaveCount 1
    }

    It 'can be removed and come back' {
        Invoke-NewSession @"
            Import-Module '$(Get-ModulePath)'
            Remove-Module OciTools
            Import-Module '$(Get-ModulePath)'
            (Get-OciManifest '$at/single').Count
"@ | Should -Be 1
    }

    It 'works in several runspaces at once' {
        $path = Get-ModulePath
        $manifests = 1..8 | ForEach-Object -ThrottleLimit 8 -Parallel {
            Import-Module $using:path
            Get-OciManifest "$using:at/app"
        }
        $manifests | Should -HaveCount 32
    }

    It 'lets types be named' {
        [OciTools.ImageReference] 'nginx' | Should -Be ([OciTools.ImageReference] 'docker.io/library/nginx:latest')
        [OciTools.Platform] 'arm64' | Should -Be ([OciTools.Platform] 'linux/arm64/v8')
        Get-OciManifest "$at/single" | Should -BeOfType OciTools.OciManifest
    }

    It 'keeps its packages apart from the session' {
        $null = Get-OciManifest "$at/single"
        [Runtime.Loader.AssemblyLoadContext]::Default.Assemblies.GetName().Name |
            Should -Not -Match '^(Polly|Microsoft\.Extensions\.Http|OciTools\.Http)'
        ([Runtime.Loader.AssemblyLoadContext]::All | Where-Object Name -EQ OciTools).Assemblies.GetName().Name |
            Should -Contain 'Polly.Core'
    }

    It 'works in a session that holds other versions of its packages' {
        $folder = Split-Path (Get-BuildOutput OciTools.OtherPackages)
        $versions = Invoke-NewSession @"
            Get-ChildItem '$folder' -Filter *.dll | ForEach-Object { `$null = [Reflection.Assembly]::LoadFrom(`$_) }
            Import-Module '$(Get-ModulePath)'
            if (@(Get-OciManifest '$at/single').Count -ne 1) { throw 'There is no manifest.' }
            foreach (`$context in [Runtime.Loader.AssemblyLoadContext]::All) {
                `$context.Assemblies | Where-Object Location -match '(Polly.Core|Microsoft.Extensions.Http).dll' |
                    ForEach-Object { '{0} {1}' -f `$context.Name, (Get-Item `$_.Location).VersionInfo.ProductVersion }
            }
"@
        $versions -match '^Default' | Should -HaveCount 2
        $versions -match '^OciTools' | Should -HaveCount 2
        $versions | Select-Object -Unique | Should -HaveCount 4
    }

    It 'has help for <_>' -ForEach @(
        (Import-PowerShellDataFile (Join-Path $PSScriptRoot .. .. OciTools.psd1)).CmdletsToExport
    ) {
        $help = Get-Help $_ -Full
        $help.Synopsis | Should -Not -Match "^\s*$_"
        $help.examples.example.Count | Should -BeGreaterThan 1
        foreach ($parameter in $help.parameters.parameter) {
            $parameter.description.Text | Should -Not -BeNullOrEmpty -Because $parameter.name
        }
    }

    It 'has the topic <_>' -ForEach @(
        'about_OciTools', 'about_OciReference', 'about_OciPlatform', 'about_OciSchema1', 'about_OciAuthentication'
    ) {
        $folder = Split-Path (Split-Path (Split-Path (Get-ModulePath)))
        Invoke-NewSession "`$env:PSModulePath = '$folder'; Get-Help $_" | Should -Contain "# $_"
    }

    It 'shows its results in 100 columns' {
        $shown = @(
            Get-OciManifest "$at/app" -Detailed
            Get-OciManifest "$at/app" -Index
            Save-OciImage "$at/app" -Path (Join-Path $TestDrive shown) -PassThru
        ) | ForEach-Object {
            $_ | Format-Table | Out-String -Width 100 -Stream
            $_ | Format-List | Out-String -Width 100 -Stream
        }
        $shown | Where-Object Length -GT 100 | Should -BeNullOrEmpty
        $shown | Should -Contain ($shown -match '3.8 kB')[0]
    }

    It 'shows what came from outside in its views' {
        Get-OciConfig "$at/single" | Format-List | Out-String | Should -Match 'PATH=/usr/bin'
        (Get-OciManifest "$at/single").Layers | Format-Table | Out-String | Should -Match 'layer\.v1\.tar'
    }
}
