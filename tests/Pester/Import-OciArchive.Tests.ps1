BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
    $single = [OciTools.Digest] $registry.Send('digest single latest')
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Import-OciArchive' {
    BeforeEach {
        $null = $registry.Send('clear')
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
        Push-Location $folder
        Export-OciArchive "$at/single" single.tar
        Export-OciArchive "$at/app:1.0" app.tar
    }

    AfterEach {
        Pop-Location
    }

    It 'copies an image to a registry, with its tag and digest' {
        Import-OciArchive single.tar "$at/plain" | Should -BeNullOrEmpty
        (Get-OciManifest "$at/plain:latest").Digest | Should -Be $single
    }

    It 'copies an image to a layout, under another tag' {
        $result = Import-OciArchive single.tar oci:images:mine -PassThru
        $result | Should -BeOfType OciTools.OciTransferResult
        $result.Digest | Should -Be $single
        (Get-OciManifest oci:images:mine).Digest | Should -Be $single
    }

    It 'takes files of the pipeline, and paths with wildcards' {
        Get-ChildItem *.tar | Import-OciArchive -Destination "$at/piped" -PassThru | Should -HaveCount 2
        Import-OciArchive *.tar "$at/wild" -PassThru | Should -HaveCount 2
        (Get-OciTag "$at/wild").Name | Sort-Object | Should -Be '1.0', 'latest'
    }

    It 'takes brackets literally with -LiteralPath, and from Get-ChildItem' {
        Move-Item single.tar 's[1].tar'
        (Import-OciArchive -LiteralPath 's[1].tar' -Destination oci:one -PassThru).Digest | Should -Be $single
        (Get-ChildItem s*.tar | Import-OciArchive -Destination oci:two -PassThru).Digest | Should -Be $single
    }

    It 'takes what Export-OciArchive wrote, each archive once' -ForEach Hybrid, Docker {
        $results = "$at/single:latest", "$at/app:1.0" | Export-OciArchive -Path 'both[1].tar' -Format $_ -PassThru
        $results | Should -HaveCount 2
        $results | Import-OciArchive -Destination oci:both -PassThru | Should -HaveCount 2
        Get-OciTag oci:both | Should -HaveCount 2
    }

    It 'says what to do with results that are in no archive' {
        Save-OciImage "$at/single" saved -PassThru |
            Import-OciArchive -Destination oci:images -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciPathNotSupported,*'
        "$($problem[0])" | Should -BeLike '*Copy-OciImage*'
    }

    It 'leaves out folders that a wildcard matches, and says what a folder is' {
        $null = New-Item -ItemType Directory single.folder
        Import-OciArchive single.* "$at/wild" -PassThru | Should -HaveCount 1
        Import-OciArchive single.folder oci:images -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciArchiveNotFound,*'
        "$($problem[0])" | Should -BeLike "*single.folder' is a folder*"
    }

    It 'reads an archive packed with <_>' -ForEach gzip, zstd {
        if (-not (Get-Command $_ -ErrorAction Ignore)) { Set-ItResult -Skipped -Because "there is no $_" }
        & $_ -c single.tar > packed
        (Import-OciArchive packed oci:images -PassThru).Digest | Should -Be $single
        (Get-OciTag oci-archive:packed).Name | Should -Be latest
        (Copy-OciImage docker-archive:packed "$at/$_" -PassThru).Digest | Should -Be $single
    }

    It 'imports the images that are named' {
        "$at/single:latest", "$at/app:1.0" | Export-OciArchive -Path both.tar
        $all = Import-OciArchive both.tar oci:all -PassThru
        $all | Should -HaveCount 2
        $one = Import-OciArchive both.tar oci:one -Name "$single" -PassThru
        $one.Digest | Should -Be $single
        $named = Import-OciArchive both.tar oci:named -Name (Get-OciTag oci:all)[0].Name -PassThru
        $named | Should -HaveCount 1
        Import-OciArchive both.tar oci:none -Name nosuch -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciManifestNotFound,*'
    }

    It 'refuses several images for one tag' {
        "$at/single:latest", "$at/app:1.0" | Export-OciArchive -Path both.tar
        Import-OciArchive both.tar oci:images:mine -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciDestinationExists,*'
        Test-Path images | Should -BeFalse
    }

    It 'imports one platform without the index' {
        Import-OciArchive app.tar oci:one -Platform arm64
        "$((Get-OciManifest oci:one).Platform)" | Should -Be 'linux/arm64/v8'
    }

    It 'reads what skopeo writes as <Transport>' -Skip:(-not (Get-Command skopeo -ErrorAction Ignore)) -ForEach @(
        @{ Transport = 'oci-archive' }
        @{ Transport = 'docker-archive' }
    ) {
        $null = skopeo copy --quiet --src-tls-verify=false "docker://$at/single:latest" `
            "${Transport}:$folder/other.tar:single:1.0"
        $LASTEXITCODE | Should -Be 0
        Import-OciArchive other.tar "$at/$Transport"
        Get-OciManifest "$at/${Transport}:1.0" | Should -HaveCount 1
    }

    It 'writes nothing with -WhatIf' {
        $null = $registry.Send('clear')
        Import-OciArchive single.tar oci:images -WhatIf
        Get-ChildItem *.tar | Import-OciArchive -Destination "$at/what" -WhatIf
        Test-Path images | Should -BeFalse
        @($registry.Send('requests')) | Should -Not -Match '/v2/what/'
    }

    It 'stops at once on Ctrl+C into a registry, which gets no manifest, and can be run again' {
        Export-OciArchive "$at/big" big.tar
        $null = $registry.Send('hold PUT /v2/stopped/blobs/uploads/')
        $shell = Start-Runspace "Import-OciArchive '$folder/big.tar' '$at/stopped'"
        $null = $registry.Send('reached')
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 10
        $shell.InvocationStateInfo.State | Should -Be Stopped
        @($registry.Send('requests')) | Should -Not -Match 'PUT /v2/stopped/manifests/'
        $null = $registry.Send('clear')
        Import-OciArchive big.tar "$at/stopped"
        $registry.Send('digest stopped latest') | Should -Be $registry.Send('digest big latest')
    }

    It 'stops at once on Ctrl+C into a layout, which does not list the image, and can be run again' {
        Export-OciArchive "$at/big" big.tar
        Import-OciArchive single.tar oci:images:mine
        $layer = (Get-OciManifest oci-archive:big.tar).Layers[0].Digest.Hex
        # While the index of the layout is held, the import has all but its end behind it.
        $held = [IO.File]::Open("$folder/images/.ocitools/lock", 'OpenOrCreate', 'ReadWrite', 'None')
        try {
            $shell = Start-Runspace "Import-OciArchive '$folder/big.tar' 'oci:$folder/images:big'"
            $deadline = [datetime]::UtcNow.AddSeconds(60)
            while (-not (Test-Path "images/blobs/sha256/$layer") -and [datetime]::UtcNow -lt $deadline) {
                Start-Sleep -Milliseconds 50
            }
            Test-Path "images/blobs/sha256/$layer" | Should -BeTrue
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $watch.Elapsed.TotalSeconds | Should -BeLessThan 10
            $shell.InvocationStateInfo.State | Should -Be Stopped
        }
        finally { $held.Dispose() }
        (Get-OciTag oci:images).Name | Should -Be mine
        Test-OciImage oci:images:mine | ForEach-Object IsValid | Should -BeTrue
        (Import-OciArchive big.tar oci:images:big -PassThru).ItemsSkipped | Should -BeGreaterThan 0
        (Get-OciTag oci:images).Name | Should -Be mine, big
    }

    It 'is an error when there is no archive: <Path>' -ForEach @(
        @{ Path = 'nosuch.tar' }
        @{ Path = 'nosuch*.tar' }
        @{ Path = 'nosuch/*.tar' }
    ) {
        Import-OciArchive $Path oci:images -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -Be 'OciArchiveNotFound,OciTools.Commands.ImportOciArchiveCommand'
        $problem[0].CategoryInfo.Category | Should -Be ObjectNotFound
    }

    It 'is an error when the path is none of the file system' {
        Import-OciArchive Env:/PATH oci:images -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciPathNotSupported,*'
    }

    It 'goes on after a file that is no archive' {
        Set-Content broken.tar ('text' * 500)
        Import-OciArchive broken.tar, single.tar oci:images -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -Be 'OciArchiveInvalid,OciTools.Commands.ImportOciArchiveCommand'
        $problem[0].CategoryInfo.Category | Should -Be InvalidData
        (Get-OciManifest oci:images).Digest | Should -Be $single
    }
}
