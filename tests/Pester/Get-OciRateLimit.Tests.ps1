BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Get-OciRateLimit' {
    BeforeEach {
        $null = $registry.Send('clear')
    }

    It 'says nothing but a verbose line of a registry without a quota' {
        $said = Get-OciRateLimit $at -Verbose 4>&1 -ErrorAction Stop
        "$said" | Should -Match 'nothing of a quota'
        $said | Should -Not -BeOfType OciTools.OciRateLimit
    }

    It 'looks an image up, fetches nothing, and tells what the registry says' {
        $null = $registry.Send('quota /manifests/ 100;w=21600 76;w=21600')
        $found = Get-OciRateLimit -Reference "$at/single"
        $found | Should -BeOfType OciTools.OciRateLimit
        $found.Registry | Should -Be $at
        $found.Remaining | Should -Be 76
        $found.Limit | Should -Be 100
        $found.Window | Should -Be ([timespan]::FromHours(6))
        $found.ResetsAt | Should -BeNullOrEmpty
        $found.Source | Should -Be '192.0.2.1'
        $registry.Send('requests') | Should -Be 'HEAD /v2/single/manifests/latest -> 200'
    }

    It 'asks a registry as such, also one that comes from Get-OciRegistry' {
        $null = $registry.Send('quota /v2/ 60 59')
        (Get-OciRateLimit $at).Remaining | Should -Be 59
        (Get-OciRegistry $at | Get-OciRateLimit).Limit | Should -Be 60
        (Get-OciTag "$at/single" | Get-OciRateLimit).Remaining | Should -Be 59
    }

    It 'tells what other commands were told, and asks nobody' {
        $null = $registry.Send('quota /manifests/ 200;w=21600 199;w=21600')
        $null = Get-OciManifest "$at/app:1.1"
        $before = @($registry.Send('requests')).Count
        $known = Get-OciRateLimit | Where-Object Registry -EQ $at
        $known.Remaining | Should -Be 199
        @($registry.Send('requests')) | Should -HaveCount $before
    }

    It 'is an error when the image is not there and the registry says nothing of a quota' {
        Get-OciRateLimit -Reference "$at/single:none" -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId |
            Should -Be 'OciManifestNotFound,OciTools.Commands.GetOciRateLimitCommand'
    }

    It 'is shown as a table' {
        $null = $registry.Send('quota /v2/ 60;w=3600 59')
        Get-OciRateLimit $at | Out-String | Should -Match "Registry +Remaining +Limit +Window[^\n]+\n[^\n]+\n$at +59 +60 +01:00:00"
    }
}

Describe 'Rate limits and the other cmdlets' {
    BeforeEach {
        $null = $registry.Send('clear')
    }

    It 'waits out a registry that is asked too much, and tells of the pause once' {
        $null = $registry.Send('refuse GET /blobs/ 429 3 1')
        $said = Save-OciImage "$at/single" -Path (Join-Path $TestDrive paused) -Verbose 4>&1
        @($said -match 'answered 429') | Should -HaveCount 1
        "$said" | Should -Match "all requests to $at wait for 1.0 s"
    }

    It 'is a named error when a registry goes on refusing' {
        $null = $registry.Send('status GET /manifests/ 429')
        Get-OciManifest "$at/single" -MaximumRetryCount 1 -RetryIntervalSec 0.01 `
            -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -Be 'OciRateLimited,OciTools.Commands.GetOciManifestCommand'
    }

    It 'keeps a bandwidth limit' {
        $path = Join-Path $TestDrive slow
        (Save-OciImage "$at/single" -Path $path -BandwidthLimit 100MB -PassThru).ItemsTransferred | Should -Be 4
        { Save-OciImage "$at/single" -Path $path -BandwidthLimit 0 } | Should -Throw '*BandwidthLimit*'
    }

    # The last: the registry is asked more slowly from here on.
    It 'warns once in a command of a quota that runs low, and goes on' {
        $null = $registry.Send('quota /manifests/ 100;w=21600 9;w=21600')
        $found = Get-OciTag "$at/app" | Get-OciRateLimit -WarningAction SilentlyContinue
        $found | Should -HaveCount 4
        $null = '1.0', '2.0' | ForEach-Object { "$at/app:$_" } |
            Get-OciConfig -Platform linux/amd64 -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -HaveCount 1
        "$warnings" | Should -Match '9 of 100 requests left in 6 h'
    }
}
