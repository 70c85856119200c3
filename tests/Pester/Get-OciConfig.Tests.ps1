BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Get-OciConfig' {
    It 'reads the config of an image' {
        $config = Get-OciConfig "$at/single"
        $config | Should -BeOfType OciTools.OciConfig
        $config.Platform | Should -Be ([OciTools.Platform] 'linux/amd64')
        $config.Config.Cmd | Should -Be '/bin/sh'
        $config.Config.DiffIds | Should -HaveCount 2
    }

    It 'reads the config of each platform that is wanted' {
        Get-OciConfig "$at/app" | Should -HaveCount 4
        (Get-OciConfig "$at/app" -Platform arm64, arm).Platform | ForEach-Object ToString |
            Should -Be 'linux/arm64/v8', 'linux/arm/v7'
    }

    It 'takes manifests from the pipeline' {
        $config = Get-OciManifest "$at/app" | Where-Object Platform -match windows | Get-OciConfig
        $config.Config.Os | Should -Be 'windows'
    }

    It 'leaves out artifacts and says so' {
        $written = Get-OciConfig "$at/artifact" -Verbose 4>&1
        $written | Should -BeOfType System.Management.Automation.VerboseRecord
        "$written" | Should -Match 'no image config'
    }

    It 'is an error when there is no such image' {
        Get-OciConfig "$at/app:nosuch" -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciManifestNotFound,*'
    }

    It 'is an error when the content is not what the digest promises' {
        $null = $registry.Send('corrupt GET /v2/docker/blobs/ 10')
        Get-OciConfig "$at/docker" -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciContentMismatch,*'
        $problem[0].CategoryInfo.Category | Should -Be SecurityError
        $null = $registry.Send('clear')
    }

    It 'reads the config out of a manifest of schema 1' {
        $config = (Get-OciConfig "$at/old").Config
        $config.Cmd | Should -Be '/bin/sh'
        $config.History.EmptyLayer | Should -Be $false, $true, $false, $false, $true, $true
    }

    It 'shows no number of layers for schema 1, which has no diffIDs to count' {
        Get-OciConfig "$at/old" | Out-String | Should -Match '(?m)^Layers\s+:\s*$'
        Get-OciConfig "$at/single" | Out-String | Should -Match '(?m)^Layers\s+: \d+\s*$'
    }
}
