BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Get-OciLayerItem' {
    AfterEach {
        $null = $registry.Send('clear')
    }

    It 'lists what is in all layers, the lowest first' {
        $items = Get-OciLayerItem "$at/files"
        $items | Should -BeOfType OciTools.OciLayerItem
        $items.Path | Should -Be @(
            'etc', 'etc/release', 'etc/gone', 'etc/latin1', 'etc/utf16', 'etc', 'etc/release', 'etc/gone')
        $items[0].ModeText | Should -Be 'drwxr-xr-x'
        $items[1].Size | Should -Be 10
    }

    It 'tells what a layer takes away' {
        $items = Get-OciLayerItem "$at/files" -Path etc/gone
        $items.IsWhiteout | Should -Be $false, $true
    }

    It 'takes wildcards, and case counts' {
        (Get-OciLayerItem "$at/files" -Path /etc/rel*, '*1[0-9]').Path |
            Should -Be 'etc/release', 'etc/utf16', 'etc/release'
        Get-OciLayerItem "$at/files" -Path ETC/* | Should -BeNullOrEmpty
    }

    It 'lists one layer alone' {
        $layer = (Get-OciLayer "$at/files")[1]
        ($layer | Get-OciLayerItem).Path | Should -Be 'etc', 'etc/release', 'etc/gone'
        (Get-OciLayerItem -Layer $layer -Path *release).Layer | Should -Be $layer.Digest
    }

    It 'takes <_> from the pipeline' -ForEach 'Get-OciManifest', 'Get-OciTag', 'Write-Output' {
        & $_ "$at/files" | Get-OciLayerItem | Should -HaveCount 8
    }

    It 'lists the platform that is wanted' {
        $wanted = Get-OciLayer "$at/app" -Platform linux/arm/v7
        (Get-OciLayerItem "$at/app" -Platform linux/arm/v7).Layer | Select-Object -Unique |
            Should -Be $wanted.Digest
    }

    It 'reads no further than the pipeline does' {
        # The layer never comes to its end: whoever wanted all of it would wait.
        $null = $registry.Send('stall GET /v2/big/blobs/ 100000')
        Get-OciLayerItem "$at/big" | Select-Object -First 1 -ExpandProperty Path | Should -Be 'big'
    }

    It 'is an error when a layer is not what its digest promises' {
        $null = $registry.Send('corrupt GET /v2/big/blobs/ 4000000')
        Get-OciLayerItem "$at/big" -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciContentMismatch,*'
    }

    It 'is an error when the platform is not there' {
        Get-OciLayerItem "$at/app" -Platform linux/s390x -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId |
            Should -Be 'OciPlatformNotFound,OciTools.Commands.GetOciLayerItemCommand'
    }

    It 'shows items by layer in 100 columns' {
        $shown = Get-OciLayerItem "$at/files" | Out-String -Width 100 -Stream
        $shown | Where-Object Length -GT 100 | Should -BeNullOrEmpty
        $shown -match '^ *Layer: ' | Should -HaveCount 2
        $shown -match '^-rw-r--r-- 0:0 +10 B 2024-01-02 03:04 etc/release$' | Should -HaveCount 1
        $shown -match 'etc/gone \(removed\)$' | Should -HaveCount 1
    }

    It 'lists what is in an image of schema 1' {
        (Get-OciLayerItem "$at/old" -Path etc/*release).Path | Should -Be (@('etc/release') * 3)
    }
}
