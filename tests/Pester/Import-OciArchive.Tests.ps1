BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
    $single = [OciTools.Digest] $registry.Send('digest single latest')

    # Writes a tar. A value is the text or bytes of a file, or @{ Link = target }.
    function Write-Tar([string] $Path, [Collections.IDictionary] $Entries) {
        $writer = [Formats.Tar.TarWriter]::new([IO.File]::Create((Join-Path $PWD $Path)))
        foreach ($name in $Entries.Keys) {
            $value = $Entries[$name]
            if ($value -is [hashtable]) {
                $entry = [Formats.Tar.PaxTarEntry]::new('SymbolicLink', $name)
                $entry.LinkName = $value.Link
            }
            else {
                $entry = [Formats.Tar.PaxTarEntry]::new('RegularFile', $name)
                $bytes = $value -is [byte[]] ? $value : [Text.Encoding]::UTF8.GetBytes($value)
                $entry.DataStream = [IO.MemoryStream]::new($bytes)
            }
            $writer.WriteEntry($entry)
        }
        $writer.Dispose()
    }

    function Read-Tar([string] $Path) {
        $entries = [ordered]@{}
        $reader = [Formats.Tar.TarReader]::new([IO.File]::OpenRead((Join-Path $PWD $Path)))
        while ($entry = $reader.GetNextEntry()) {
            $data = [IO.MemoryStream]::new()
            if ($entry.DataStream) { $entry.DataStream.CopyTo($data) }
            if ($entry.EntryType -ne 'Directory') { $entries[$entry.Name] = $data.ToArray() }
        }
        $reader.Dispose()
        $entries
    }

    # The bytes of a layer, and the digest of its tar.
    function New-Layer([Collections.IDictionary] $Files) {
        Write-Tar layer.tmp $Files
        $bytes = [IO.File]::ReadAllBytes((Join-Path $PWD layer.tmp))
        Remove-Item layer.tmp
        @{ Bytes = $bytes; DiffId = [OciTools.Digest]::Compute($bytes) }
    }

    function New-Config([OciTools.Digest[]] $DiffId) {
        $rootfs = @{ type = 'layers'; diff_ids = @($DiffId.ForEach('ToString')) }
        @{ architecture = 'amd64'; os = 'linux'; rootfs = $rootfs } | ConvertTo-Json -Depth 5
    }
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

    Context 'an archive of docker save before version 25' {
        BeforeEach {
            $base = New-Layer @{ 'etc/release' = "VERSION=1`n" }
            $top = New-Layer @{ 'etc/motd' = "hello`n" }
            $images = @(
                @{
                    Config = 'one.json'
                    RepoTags = 'shop/app:1.0', 'shop/app:latest'
                    Layers = 'aa/layer.tar', 'bb/layer.tar'
                }
                @{
                    Config = 'two.json'
                    RepoTags = , 'tool:2'
                    Layers = 'cc/layer.tar', 'bb/layer.tar', 'dd/layer.tar'
                }
            )
            Write-Tar docker.tar ([ordered]@{
                'aa/VERSION' = '1.0'; 'aa/json' = '{}'; 'aa/layer.tar' = $base.Bytes
                'bb/VERSION' = '1.0'; 'bb/json' = '{}'; 'bb/layer.tar' = $top.Bytes
                'cc/VERSION' = '1.0'; 'cc/json' = '{}'; 'cc/layer.tar' = @{ Link = '../aa/layer.tar' }
                'dd/VERSION' = '1.0'; 'dd/json' = '{}'; 'dd/layer.tar' = @{ Link = '../cc/layer.tar' }
                'one.json' = New-Config $base.DiffId, $top.DiffId
                'two.json' = New-Config $base.DiffId, $top.DiffId, $base.DiffId
                'manifest.json' = $images | ConvertTo-Json
                'repositories' = '{}'
            })
        }

        It 'goes to a layout with all names, and its links lead to layers' {
            Import-OciArchive docker.tar oci:images -PassThru | Should -HaveCount 3
            (Get-OciTag oci:images).Name | Should -Be shop/app:1.0, shop/app:latest, tool:2
            (Get-OciManifest oci:images:tool:2).Layers.Digest | Should -Be $base.DiffId, $top.DiffId, $base.DiffId
            Test-OciImage oci:images:tool:2 | ForEach-Object IsValid | Should -BeTrue
            (Get-OciFileContent oci:images:tool:2 -Path etc/motd) | Should -Be hello
        }

        It 'goes to a registry under the tags, twice the same' {
            (Import-OciArchive docker.tar "$at/shop" -PassThru).Destination.Tag | Should -Be 1.0, latest, 2
            $again = Import-OciArchive docker.tar "$at/shop" -PassThru
            $again.IsUpToDate | Should -Be $true, $true, $true
            Import-OciArchive docker.tar "$at/named:v2" -Name tool:2
            (Get-OciManifest "$at/named:v2").Digest | Should -Be (Get-OciManifest "$at/shop:2").Digest
        }

        It 'is one error when a link leads out: <_>' -ForEach '../../aa/layer.tar', '/etc/passwd', '../dd/layer.tar' {
            $entries = Read-Tar docker.tar
            $entries['cc/layer.tar'] = @{ Link = $_ }
            $entries['dd/layer.tar'] = @{ Link = '../cc/layer.tar' }
            Write-Tar docker.tar $entries
            Import-OciArchive docker.tar oci:images -ErrorAction SilentlyContinue -ErrorVariable problem
            $problem | Should -HaveCount 1
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciArchiveInvalid,*'
            "$($problem[0])" | Should -BeLike '*/layer.tar*'
            Test-Path images/index.json | Should -BeFalse
        }
    }

    Context 'an archive of containerd, whose index lists platforms that were never pulled' {
        BeforeEach {
            $platforms = Get-OciManifest "$at/app:1.0"
            $gone = ($platforms | Where-Object Platform -match linux/arm).Digest.Hex
            $entries = Read-Tar app.tar
            foreach ($name in @($entries.Keys)) {
                if ($gone.Where({ $name.EndsWith($_) })) { $entries.Remove($name) }
            }
            Write-Tar containerd.tar $entries
        }

        It 'keeps the index and what there is, and tells what is left out' {
            $result = Import-OciArchive containerd.tar oci:images -PassThru -WarningVariable warnings 3> $null
            $result.Digest | Should -Be ([OciTools.Digest] $registry.Send('digest app 1.0'))
            $warnings | Should -HaveCount 2
            "$warnings" | Should -BeLike '*linux/arm64/v8*linux/arm/v7*'
            Expand-OciImage oci:images -Platform linux/amd64 -Path files -WarningAction SilentlyContinue
            Get-ChildItem files | Should -Not -BeNullOrEmpty
        }

        It 'gives one platform, or says that it is not there' {
            $one = Import-OciArchive containerd.tar oci:one -Platform linux/amd64 -PassThru
            $one.Digest | Should -Be $platforms[0].Digest
            Import-OciArchive containerd.tar oci:none -Platform linux/arm64 `
                -ErrorAction SilentlyContinue -ErrorVariable problem
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciManifestNotFound,*'
            Test-Path none/index.json | Should -BeFalse
        }
    }

    Context 'an image with a layer that lives elsewhere' {
        BeforeAll {
            $elsewhere = Start-TestRegistry --tls
        }

        AfterAll {
            Stop-TestRegistry $elsewhere
        }

        BeforeEach {
            Save-OciImage "$at/single" windows
            $manifest = [Text.Encoding]::UTF8.GetString((Get-OciManifest oci:windows).Document.Bytes.ToArray()) |
                ConvertFrom-Json
            $layer = $manifest.layers[0]
            $hex = $layer.digest.Split(':')[1]
            $layer.mediaType = 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip'
            $layer | Add-Member urls @("$($elsewhere.Url)v2/single/blobs/$($layer.digest)")
            $text = $manifest | ConvertTo-Json -Depth 9
            $digest = [OciTools.Digest]::Compute([Text.Encoding]::UTF8.GetBytes($text))
            [IO.File]::WriteAllText("$folder/windows/blobs/sha256/$($digest.Hex)", $text)
            $index = Get-Content windows/index.json | ConvertFrom-Json
            $index.manifests[0].digest = "$digest"
            $index.manifests[0].size = $text.Length
            $index | ConvertTo-Json -Depth 9 | Set-Content windows/index.json
            Remove-Item "windows/blobs/sha256/$hex"
        }

        It 'comes without the layer, which stays a reference' {
            Export-OciArchive oci:windows outside.tar
            $names = (Read-Tar outside.tar).Keys
            $names | Should -Not -Contain "blobs/sha256/$hex"
            $names | Should -Not -Contain 'manifest.json'
            (Import-OciArchive outside.tar "$at/windows" -PassThru).Digest | Should -Be $digest
            (Import-OciArchive outside.tar oci:back -PassThru).Digest | Should -Be $digest
            Test-Path "back/blobs/sha256/$hex" | Should -BeFalse
        }

        It 'brings the layer along with -IncludeExternalLayer' {
            Copy-OciImage oci:windows "$at/windows:latest"
            Export-OciArchive "$at/windows" whole.tar -IncludeExternalLayer `
                -CertificateAuthorityPath $elsewhere.AuthorityPath
            $names = (Read-Tar whole.tar).Keys
            $names | Should -Contain "blobs/sha256/$hex"
            $names | Should -Contain 'manifest.json'
        }
    }

    Context 'an image with signatures and other things that refer to it' {
        BeforeEach {
            Copy-OciImage "$at/signed" "$at/release:1.0" -IncludeReferrers
            $signature = "sha256-$((Get-OciManifest "$at/signed").Digest.Hex).sig"
            Copy-OciImage "$at/artifact" "$at/release:$signature"
            Export-OciArchive "$at/release:1.0" release.tar -IncludeReferrers -IncludeDigestTag
        }

        It 'keeps them on the way to a <Kind>' -ForEach @(
            @{ Kind = 'layout'; Place = 'oci:release' }
            @{ Kind = 'registry'; Place = 'registry' }
        ) {
            $to = $Place -eq 'registry' ? "$at/landed" : $Place
            Import-OciArchive release.tar $to
            (Get-OciTag $to).Name | Sort-Object | Should -Be 1.0, $signature
            Export-OciArchive "${to}:1.0" again.tar -IncludeReferrers -IncludeDigestTag
            (Read-Tar again.tar).Keys.Where({ $_ -like 'blobs/sha256/*' }) | Sort-Object |
                Should -Be ((Read-Tar release.tar).Keys.Where({ $_ -like 'blobs/sha256/*' }) | Sort-Object)
        }

        It 'leaves them behind when one image is asked for by name' {
            Import-OciArchive release.tar oci:alone -Name 1.0
            (Get-OciTag oci:alone).Name | Should -Be 1.0
            Get-ChildItem alone/blobs/sha256 | Should -HaveCount (1 + 1 + (Get-OciManifest "$at/signed").Layers.Count)
        }
    }
}
