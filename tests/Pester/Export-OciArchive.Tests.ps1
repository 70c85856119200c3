BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Export-OciArchive' {
    BeforeEach {
        $null = $registry.Send('clear')
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
        Push-Location $folder
    }

    AfterEach {
        Pop-Location
    }

    It 'writes a whole image into a file in the current location, for docker load too' {
        Export-OciArchive "$at/app:1.0" app.tar | Should -BeNullOrEmpty
        $entries = [Formats.Tar.TarReader]::new([IO.File]::OpenRead("$folder/app.tar"))
        try { $names = while ($entry = $entries.GetNextEntry()) { $entry.Name } }
        finally { $entries.Dispose() }
        $names | Should -Contain 'oci-layout'
        $names | Should -Contain 'index.json'
        $names | Should -Contain 'manifest.json'
        Get-OciManifest oci-archive:app.tar | Should -HaveCount 4
    }

    It 'keeps the digest on the way to an archive and back to a registry' {
        $digest = [OciTools.Digest] $registry.Send('digest app 1.0')
        (Export-OciArchive "$at/app:1.0" app.tar -PassThru).Digest | Should -Be $digest
        (Import-OciArchive app.tar "$at/back" -PassThru).Digest | Should -Be $digest
        (Get-OciManifest "$at/back:1.0" -Index).Digest | Should -Be $digest
    }

    It 'collects the whole pipeline into one archive' {
        $results = "$at/app:1.0", "$at/single:latest" | Export-OciArchive -Path both.tar -PassThru
        $results | Should -HaveCount 2
        $results | Should -BeOfType OciTools.OciTransferResult
        $results.Digest | Should -Be (
            [OciTools.Digest] $registry.Send('digest app 1.0'), [OciTools.Digest] $registry.Send('digest single latest'))
        Import-OciArchive both.tar oci:both
        Get-OciTag oci:both | Should -HaveCount 2
    }

    It 'tells where the image is in an archive of Docker''s' {
        $result = Export-OciArchive "$at/single" docker.tar -Format Docker -PassThru
        "$($result.Destination)" | Should -Be "docker-archive:$(Join-Path $folder docker.tar):$at/single:latest"
        $result | Get-OciManifest | Should -HaveCount 1
        "$((Copy-OciImage oci-archive:$folder/docker.tar docker-archive:copy.tar -PassThru).Destination)" |
            Should -Be "docker-archive:$(Join-Path $folder copy.tar):$at/single:latest"
        tar -tf copy.tar | Should -Not -Contain index.json
        Save-OciImage "$at/single" plain
        $index = Get-Content plain/index.json | ConvertFrom-Json
        $index.manifests[0].annotations.PSObject.Properties.Remove('io.containerd.image.name')
        $index | ConvertTo-Json -Depth 9 | Set-Content plain/index.json
        "$((Export-OciArchive oci:plain nameless.tar -Format Docker -PassThru).Destination)" |
            Should -Be "docker-archive:$(Join-Path $folder nameless.tar)"
    }

    It 'takes objects of the pipeline with their platform' {
        Get-OciManifest "$at/app" | Where-Object Platform -match arm64 | Export-OciArchive -Path app.tar
        "$((Get-OciManifest oci-archive:app.tar).Platform)" | Should -Be 'linux/arm64/v8'
    }

    It 'exports one platform without the index, or several with one' {
        Export-OciArchive "$at/app:1.0" one.tar -Platform arm64
        Get-OciManifest oci-archive:one.tar | Should -HaveCount 1
        Export-OciArchive "$at/app:1.0" two.tar -Platform amd64, arm64 -IndexMode Rewrite
        (Get-OciManifest oci-archive:two.tar).Platform | ForEach-Object ToString |
            Should -Be 'linux/amd64', 'linux/arm64/v8'
    }

    It 'writes what skopeo reads as <Transport>' -Skip:(-not (Get-Command skopeo -ErrorAction Ignore)) -ForEach @(
        @{ Format = 'Hybrid'; Transport = 'oci-archive' }
        @{ Format = 'Hybrid'; Transport = 'docker-archive' }
        @{ Format = 'Oci'; Transport = 'oci-archive' }
        @{ Format = 'Docker'; Transport = 'docker-archive' }
    ) {
        Export-OciArchive "$at/single" single.tar -Format $Format
        $text = skopeo inspect --raw "${Transport}:$folder/single.tar"
        $LASTEXITCODE | Should -Be 0
        if ($Transport -eq 'oci-archive') {
            [OciTools.Digest]::Compute([Text.Encoding]::UTF8.GetBytes($text -join "`n")) |
                Should -Be ([OciTools.Digest] $registry.Send('digest single latest'))
        }
        else { ($text | ConvertFrom-Json).layers | Should -Not -BeNullOrEmpty }
    }

    It 'gives docker load the platform that is asked for' -Skip:(-not (Get-Command skopeo -ErrorAction Ignore)) {
        Export-OciArchive "$at/app:1.0" app.tar -LoadPlatform linux/arm64
        (skopeo inspect --config "docker-archive:$folder/app.tar" | ConvertFrom-Json).architecture | Should -Be 'arm64'
    }

    It 'writes nothing with -WhatIf' {
        "$at/app", "$at/single" | Export-OciArchive -Path app.tar -WhatIf
        Get-ChildItem | Should -BeNullOrEmpty
        @($registry.Send('requests')) | Should -Not -Match 'manifests|blobs'
    }

    It 'replaces a file with -Force alone' {
        Set-Content app.tar text
        Export-OciArchive "$at/single" app.tar -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -Be 'OciDestinationExists,OciTools.Commands.ExportOciArchiveCommand'
        $problem[0].CategoryInfo.Category | Should -Be ResourceExists
        Get-Content app.tar | Should -Be text
        Export-OciArchive "$at/single" app.tar -Force
        Get-OciManifest oci-archive:app.tar | Should -HaveCount 1
    }

    It 'warns of a name that tells of packing' {
        Export-OciArchive "$at/app" (Join-Path $TestDrive packed.tar.gz) -WarningVariable warnings 3> $null
        "$warnings" | Should -BeLike '*packed.tar.gz*plain tar*'
        (Get-OciManifest "oci-archive:$(Join-Path $TestDrive packed.tar.gz)") | Should -HaveCount 4
    }

    It 'takes brackets in the path literally' {
        Export-OciArchive "$at/single" 'a[1].tar'
        Test-Path -LiteralPath 'a[1].tar' | Should -BeTrue
    }

    It 'ends when the path is of no use' {
        { Export-OciArchive "$at/single" Env:/x } |
            Should -Throw -ErrorId 'OciPathNotSupported,OciTools.Commands.ExportOciArchiveCommand'
    }

    It 'makes one image of the platforms of a tag that come through the pipeline' {
        Get-OciManifest "$at/app:1.0" | Where-Object Platform -match linux/a | Export-OciArchive -Path some.tar
        (Get-OciTag oci-archive:some.tar).Name | Should -Be 1.0
        (Get-OciManifest oci-archive:some.tar:1.0).Platform | ForEach-Object ToString |
            Should -Be (Get-OciManifest "$at/app:1.0" | Where-Object Platform -match linux/a).Platform.ForEach('ToString')
    }

    It 'brings referrers along, there and back' {
        Export-OciArchive "$at/signed" signed.tar -IncludeReferrers
        Import-OciArchive signed.tar "$at/back2"
        Compare-OciImage "$at/signed" "$at/back2" | Should -BeNullOrEmpty
        Export-OciArchive "$at/back2" again.tar -IncludeReferrers
        (Import-OciArchive again.tar oci:again -PassThru).Digest |
            Should -Be (Import-OciArchive signed.tar oci:signed -PassThru).Digest
    }

    It 'stops at once on Ctrl+C and leaves nothing' {
        $null = $registry.Send('stall GET /v2/big/blobs/ 4000000')
        $shell = Start-Runspace "Export-OciArchive '$at/big' '$folder/big.tar'"
        $null = $registry.Send('reached')
        $shell.Stop()
        $shell.InvocationStateInfo.State | Should -Be Stopped
        Get-ChildItem -Force | Should -BeNullOrEmpty
    }

    It 'starts over where a killed process stopped, says so, and clears away what it left' {
        $null = $registry.Send('stall GET /v2/big/blobs/ 4000000')
        $script = "Import-Module '$(Get-ModulePath)'; Export-OciArchive '$at/big' '$folder/big.tar'"
        $process = Start-Process pwsh '-NoProfile', '-NonInteractive', '-Command', $script -PassThru
        $null = $registry.Send('reached')
        $process.Kill()
        $process.WaitForExit()
        $null = $registry.Send('clear')
        Get-ChildItem -Force | Should -HaveCount 1
        Test-Path big.tar | Should -BeFalse
        $said = Export-OciArchive "$at/big" big.tar -Verbose 4>&1
        $said -match 'was interrupted; what it left is removed' | Should -HaveCount 1
        (Get-ChildItem -Force).Name | Should -Be big.tar
    }

    It 'leaves no file when one of the images cannot be had' {
        "$at/single", "$at/app:nosuch" |
            Export-OciArchive -Path app.tar -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciManifestNotFound,*'
        Get-ChildItem -Force | Should -BeNullOrEmpty
    }

    It 'leaves no file when content is wrong' {
        $null = $registry.Send('corrupt GET /v2/single/blobs/ 10')
        Export-OciArchive "$at/single" app.tar -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciContentMismatch,*'
        Get-ChildItem -Force | Should -BeNullOrEmpty
    }

    It 'takes an image of schema 1 only converted' {
        $archive = Join-Path $TestDrive old.tar
        { Export-OciArchive "$at/old" $archive -ErrorAction Stop } | Should -Throw '*-ConvertSchema1*'
        $archive | Should -Not -Exist
        Export-OciArchive "$at/old" $archive -ConvertSchema1
        (Get-OciManifest "oci-archive:$archive").Layers | Should -HaveCount 3
    }

    It 'converts the images of schema 1 in a list, as other copies do' {
        { Export-OciArchive "$at/list" list.tar -ErrorAction Stop } | Should -Throw '*-ConvertSchema1*'
        { Save-OciImage "$at/list" kept -ErrorAction Stop } | Should -Throw '*-ConvertSchema1*'
        $exported = Export-OciArchive "$at/list" list.tar -ConvertSchema1 -PassThru
        $saved = Save-OciImage "$at/list" converted -ConvertSchema1 -PassThru
        $copied = Copy-OciImage "$at/list" "$at/converted" -ConvertSchema1 -PassThru
        $exported.Digest, $saved.Digest | Should -Be $copied.Digest, $copied.Digest
        (Get-OciManifest "$at/converted").Platform | ForEach-Object ToString | Should -Be 'linux/amd64', 'linux/arm64/v8'
        Get-OciFileContent oci:converted etc/motd -Platform linux/amd64 | Should -Be hello
        (Copy-OciImage "$at/list" "$at/same" -PassThru).Digest |
            Should -Be ([OciTools.Digest] $registry.Send('digest list latest'))
    }
}
