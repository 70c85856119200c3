BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Optimize-OciLayout' {
    BeforeEach {
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
        Push-Location $folder
        Save-OciImage "$at/app:1.0" -Path images -Tag v1
        Save-OciImage "$at/single:latest" -Path images -Tag v2
        # What is left of a name that another tool has taken away.
        $index = Get-Content images/index.json | ConvertFrom-Json
        $index.manifests = @($index.manifests[1])
        ConvertTo-Json $index -Depth 9 | Set-Content images/index.json
    }

    AfterEach {
        Pop-Location
    }

    It 'removes what was left when a name moved, and keeps the image' {
        $result = Optimize-OciLayout images -MinimumAge 0
        $result | Should -BeOfType OciTools.OciOptimizeResult
        $result.BlobsRemoved | Should -BeGreaterThan 5
        $result.BytesFreed | Should -BeGreaterThan 0
        $result.BlobsKept | Should -Be (Get-ChildItem images/blobs/sha256).Count
        $result.Path | Should -Be (Join-Path $folder images)
        Test-OciImage oci:images:v2 -Quiet | Should -BeTrue
    }

    It 'leaves young blobs alone and counts them' {
        $before = (Get-ChildItem images/blobs/sha256).Count
        $result = Optimize-OciLayout images
        $result.BlobsRemoved | Should -Be 0
        $result.BlobsTooYoung + $result.BlobsKept | Should -Be $before
        $result.BlobsTooYoung | Should -BeGreaterThan 0
    }

    It 'removes nothing with -WhatIf' {
        $before = (Get-ChildItem images/blobs/sha256).Name
        Optimize-OciLayout images -MinimumAge 0 -WhatIf | Should -BeNullOrEmpty
        (Get-ChildItem images/blobs/sha256).Name | Should -Be $before
    }

    It 'takes directories from the pipeline; what is no layout is an error, and the others go on' {
        $null = New-Item -ItemType Directory another
        $results = Get-ChildItem -Directory | Optimize-OciLayout -MinimumAge 0 -ErrorAction SilentlyContinue -ErrorVariable failed
        $results | Should -HaveCount 1
        $failed[0].FullyQualifiedErrorId | Should -BeLike 'OciLayoutNotFound*'
        $failed[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'stops before it removes anything when a document is damaged' {
        $digest = [OciTools.Digest] $registry.Send('digest single latest')
        Add-Content "images/blobs/sha256/$($digest.Hex)" ' '
        $before = (Get-ChildItem images/blobs/sha256).Name
        { Optimize-OciLayout images -MinimumAge 0 -ErrorAction Stop } |
            Should -Throw -ErrorId 'OciContentMismatch,OciTools.Commands.OptimizeOciLayoutCommand'
        (Get-ChildItem images/blobs/sha256).Name | Should -Be $before
    }

    It 'tells the way from a reference to the path that is wanted' {
        $null = Optimize-OciLayout oci:images -ErrorVariable failures -ErrorAction SilentlyContinue
        $failures | Should -HaveCount 1
        "$failures" | Should -BeLike "*'oci:images' is a reference*Leave away 'oci:'*"
        $failures[0].FullyQualifiedErrorId | Should -BeLike 'OciPathNotSupported,*'
    }

    It 'refuses a negative age' {
        { Optimize-OciLayout images -MinimumAge '-1:00' } | Should -Throw -ErrorId 'OciArgumentInvalid*'
    }

    It 'shows sizes that people can read' {
        Optimize-OciLayout images -MinimumAge 0 | Out-String | Should -Match 'Freed\s+Kept'
    }
}
