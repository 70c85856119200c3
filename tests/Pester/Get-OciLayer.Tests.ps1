BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Get-OciLayer' {
    It 'tells each layer and the step that made it' {
        $layers = Get-OciLayer "$at/single"
        $layers | Should -BeOfType OciTools.OciLayer
        $layers.Number | Should -Be 1, 2
        $layers.CreatedBy | Should -Be 'COPY layer 0 /', 'COPY layer 1 /'
        $layers.Digest | Should -Be (Get-OciManifest "$at/single").Layers.Digest
        $layers.DiffId | Should -Be (Get-OciConfig "$at/single").Config.DiffIds
    }

    It 'tells the layers of each platform that is wanted' {
        Get-OciLayer "$at/app" | Should -HaveCount 8
        (Get-OciLayer "$at/app" -Platform arm64).Platform | ForEach-Object ToString |
            Should -Be 'linux/arm64/v8', 'linux/arm64/v8'
    }

    It 'takes manifests from the pipeline' {
        $layers = Get-OciManifest "$at/app" | Where-Object Platform -match windows | Get-OciLayer
        $layers | Should -HaveCount 2
        $layers[0].Platform.Os | Should -Be 'windows'
    }

    It 'reads no layer' {
        $null = $registry.Send('clear')
        $layers = Get-OciLayer "$at/signed"
        $requests = @($registry.Send('requests'))
        $requests -match '/signed/blobs/' | Should -HaveCount 1
        $requests -match ($layers.Digest.Hex -join '|') | Should -BeNullOrEmpty
    }

    It 'shows layers by image in 100 columns' {
        $shown = Get-OciLayer "$at/app" | Out-String -Width 100 -Stream
        $shown | Where-Object Length -GT 100 | Should -BeNullOrEmpty
        $shown -match 'Image: .*/app.* linux/arm64/v8$' | Should -HaveCount 1
        $shown -match 'COPY layer 0 /' | Should -HaveCount 4
    }

    It 'is an error when there is no such image' {
        Get-OciLayer "$at/app:nosuch" -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -Be 'OciManifestNotFound,OciTools.Commands.GetOciLayerCommand'
    }

    It 'marks the empty layers of schema 1' {
        $layers = Get-OciLayer "$at/old"
        $layers.IsEmpty | Should -Be $false, $true, $false, $false, $true, $true
        $layers[2].CreatedBy | Should -Be '/bin/sh -c rm /etc/motd'
    }
}
