BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
    Save-OciImage "$at/files" -Path (Join-Path $TestDrive layout)
    $saved = "oci:$(Join-Path $TestDrive layout):latest"
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Compare-OciImage' {
    It 'tells nothing of the same image in another place' {
        Compare-OciImage "$at/files" $saved -File | Should -BeNullOrEmpty
    }

    It 'tells what is the same when asked' {
        $same = Compare-OciImage "$at/files" $saved -IncludeEqual
        $same | Should -BeOfType OciTools.OciImageDifference
        $same.SideIndicator | Select-Object -Unique | Should -Be '=='
        ($same | Where-Object Kind -EQ Layer).Name | Should -Be (Get-OciLayer $saved).DiffId
    }

    It 'tells which platforms are in one image alone' {
        $found = Compare-OciImage "$at/app" "$at/single" | Where-Object Kind -EQ Platform
        ($found | Where-Object SideIndicator -EQ '<=').Name | Should -Contain linux/arm64/v8
        ($found | Where-Object SideIndicator -EQ '!=').Name | Should -Be linux/amd64
    }

    It 'tells layers and files, with what both images have' {
        $found = Compare-OciImage "$at/single" $saved -File
        ($found | Where-Object Kind -EQ Layer).SideIndicator | Should -Be '<=', '<=', '=>', '=>'
        $file = $found | Where-Object Name -EQ etc/release
        $file.SideIndicator | Should -Be '=>'
        $file.DifferenceValue.Size | Should -Be 22
        $file.DifferenceValue | Get-OciFileContent | Select-Object -Last 1 | Should -Be VERSION=2
        $found.Name | Should -Not -Contain etc/gone
    }

    It 'takes wildcards for the paths of files, which imply -File' {
        $found = Compare-OciImage "$at/single" $saved -Path /etc/re*, *16 | Where-Object Kind -EQ File
        $found.Name | Should -Be etc/release, etc/utf16
    }

    It 'takes the image to compare from <_>' -ForEach 'Get-OciManifest', 'Get-OciTag', 'Write-Output' {
        $found = & $_ "$at/single" | Compare-OciImage $saved
        $found[0].DifferenceImage.Repository | Should -Be single
        $found[0].DifferenceValue.Digest | Should -Be (Get-OciManifest "$at/single").Digest
    }

    It 'is an error when the platform is not there' {
        Compare-OciImage "$at/app" $saved -Platform linux/arm64 -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId |
            Should -Be 'OciPlatformNotFound,OciTools.Commands.CompareOciImageCommand'
    }

    It 'reads no more of the layers than -<Name> allows, and names it' -ForEach @(
        @{ Name = 'MaximumSize'; Value = 5 }
        @{ Name = 'MaximumFileSize'; Value = 5 }
        @{ Name = 'MaximumEntryCount'; Value = 1 }
        @{ Name = 'MaximumDepth'; Value = 1 }
    ) {
        $limit = @{ $Name = $Value }
        Compare-OciImage "$at/single" $saved -File @limit -ErrorAction SilentlyContinue -ErrorVariable problem |
            Where-Object Kind -EQ File | Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -Be 'OciLimitExceeded,OciTools.Commands.CompareOciImageCommand'
        $problem[0].ToString() | Should -Match "Raise $Name only if you trust the image"
    }

    It 'shows differences by platform in 100 columns' {
        $shown = Compare-OciImage "$at/single" $saved -File | Out-String -Width 100 -Stream
        $shown | Where-Object Length -GT 100 | Should -BeNullOrEmpty
        $shown -match '^ *Platform: linux/amd64' | Should -HaveCount 1
        $shown -match '^File +=> +-rw-r--r-- 0:0 22 B +etc/release$' | Should -HaveCount 1
    }
}
