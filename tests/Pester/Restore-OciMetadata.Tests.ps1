BeforeDiscovery {
    $canRestore = -not $IsWindows -and (id -u) -eq 0 -and (Get-Command git -ErrorAction Ignore) -and
        (Get-Command tar -ErrorAction Ignore)
}

BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host

    # What a directory is, without the content of its files: names, types, modes, owners, times, links, attributes.
    function Get-Tree([string] $Path) {
        tar --create --directory $Path --sort=name --format=posix --pax-option=delete=atime,delete=ctime --xattrs `
            --numeric-owner --exclude=./.git . | tar --list --verbose --verbose --full-time --xattrs --numeric-owner
    }

    # An image with one of each thing that git does not keep.
    function New-SpecialImage([string] $Layout) {
        $root = New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))
        Push-Location $root
        $null = New-Item -ItemType Directory empty, app/conf
        Set-Content app/run 'run'
        Set-Content app/conf/.gitattributes '* text'
        chown 1000:2000 app/run app/conf
        chmod 4751 app/run
        chmod 1777 empty
        ln app/run app/again
        ln -s /app/run link
        mkfifo -m 640 pipe
        touch -d '2001-02-03T04:05:06.123456789' app/run empty app/conf app/conf/.gitattributes pipe app
        Pop-Location
        $tar = "$root.tar"
        tar --create --file $tar --directory $root --format=posix --pax-option=delete=atime,delete=ctime --numeric-owner .
        $digest = (Get-FileHash $tar).Hash.ToLower()
        $blobs = (New-Item -ItemType Directory (Join-Path $Layout blobs/sha256)).FullName
        $write = {
            param($json)
            $file = New-TemporaryFile
            [IO.File]::WriteAllText($file, ($json | ConvertTo-Json -Depth 9 -Compress))
            $hash = (Get-FileHash $file).Hash.ToLower()
            $size = (Get-Item $file).Length
            Move-Item $file (Join-Path $blobs $hash)
            @{ digest = "sha256:$hash"; size = $size }
        }
        Copy-Item $tar (Join-Path $blobs $digest)
        $config = & $write @{ architecture = 'amd64'; os = 'linux'
            rootfs = @{ type = 'layers'; diff_ids = @("sha256:$digest") } }
        $manifest = & $write @{ schemaVersion = 2
            config = $config + @{ mediaType = 'application/vnd.oci.image.config.v1+json' }
            layers = @(@{ mediaType = 'application/vnd.oci.image.layer.v1.tar'; digest = "sha256:$digest"
                    size = (Get-Item $tar).Length }) }
        $entry = $manifest + @{ mediaType = 'application/vnd.oci.image.manifest.v1+json'
            annotations = @{ 'org.opencontainers.image.ref.name' = 'v1' } }
        @{ schemaVersion = 2; manifests = @($entry) } | ConvertTo-Json -Depth 9 | Set-Content (Join-Path $Layout index.json)
        '{"imageLayoutVersion":"1.0.0"}' | Set-Content (Join-Path $Layout oci-layout)
    }
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Restore-OciMetadata' {
    BeforeEach {
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
        Push-Location $folder
    }

    AfterEach {
        Pop-Location
    }

    It 'makes a clone what unpacking makes' -Skip:(-not $canRestore) {
        New-SpecialImage (Join-Path $folder image)
        Expand-OciImage oci:image:v1 -Path direct
        Expand-OciImage oci:image:v1 -Path repository -AsGit
        git clone --quiet repository clone
        Get-Tree clone | Should -Not -Be (Get-Tree direct)

        $result = Restore-OciMetadata clone -PassThru

        Get-Tree clone | Should -Be (Get-Tree direct)
        diff -r --no-dereference --exclude=.git --exclude=pipe direct clone | Should -BeNullOrEmpty
        (Get-Tree direct) -join "`n" | Should -Match '(?m)^prw-r-----'
        (Get-Tree direct) -join "`n" | Should -Match '(?m)^-rwsr-x--x.* 1000/2000 .* ./app/'
        $result | Should -BeOfType OciTools.OciRestoreResult
        $result.Path | Should -Be (Join-Path $folder clone)
        $result.RecordPath | Should -Be (Join-Path $folder clone/.oci-metadata.jsonl)
        $result.Entries | Should -Be 9
        $result.Incomplete | Should -Be 0
        $result.Warnings | Should -BeNullOrEmpty
        $result.Reason | Should -BeNullOrEmpty
        $result | Format-Table | Out-String -Width 200 | Should -Match 'Incomplete'
    }

    It 'takes the directory from the pipeline, and the record that is named' -Skip:(-not $canRestore) {
        New-SpecialImage (Join-Path $folder image)
        Expand-OciImage oci:image:v1 -Path direct
        $before = Get-Tree direct
        Expand-OciImage oci:image:v1 -Path repository -AsGit
        git --git-dir repository show main:.oci-metadata.jsonl | Set-Content record
        chmod 600 direct/app/run
        chown 5:5 direct/empty
        Remove-Item direct/pipe
        [pscustomobject]@{ Path = 'direct' } | Restore-OciMetadata -RecordPath record | Should -BeNullOrEmpty
        Get-Tree direct | Should -Be $before
        Test-Path record | Should -BeTrue
    }

    It 'tells what it cannot apply, and why' -Skip:($IsWindows -or (id -u) -eq 0) {
        Expand-OciImage "$at/files" -Path here 3>$null
        $result = Restore-OciMetadata here -PassThru -WarningVariable warnings 3>$null
        $result.Incomplete | Should -BeGreaterThan 0
        $result.Warnings | Should -Match '^the owner of'
        $result.Reason | Should -Match 'root'
        $warnings | Should -HaveCount 1
    }

    It 'changes nothing with -WhatIf' {
        $null = New-Item -ItemType Directory here
        Set-Content here/.oci-metadata.jsonl 'no record'
        Restore-OciMetadata here -WhatIf
        (Get-ChildItem here -Force).Name | Should -Be .oci-metadata.jsonl
    }

    It 'goes on after a directory without a record' {
        $null = New-Item -ItemType Directory bare, whole
        Set-Content whole/.oci-metadata.jsonl '{"format":"oci-rootfs-metadata","version":1}'
        'bare', 'missing', 'Env:/x', 'whole' |
            Restore-OciMetadata -ErrorAction SilentlyContinue -ErrorVariable problems
        $problems | ForEach-Object FullyQualifiedErrorId | Should -Be @(
            'OciFileNotFound,OciTools.Commands.RestoreOciMetadataCommand'
            'OciFileNotFound,OciTools.Commands.RestoreOciMetadataCommand'
            'OciPathNotSupported,OciTools.Commands.RestoreOciMetadataCommand'
        )
        Get-ChildItem whole -Force | Should -BeNullOrEmpty
    }

    It 'refuses a record that is none, and keeps it' {
        $null = New-Item -ItemType Directory here
        Set-Content here/.oci-metadata.jsonl 'no record'
        Restore-OciMetadata here -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciArchiveInvalid,*'
        $problem[0].Exception.Message | Should -Match '^Line 1 of '
        Test-Path here/.oci-metadata.jsonl | Should -BeTrue
    }

    It 'refuses a record on a drive that is not one of the file system' {
        { Restore-OciMetadata . -RecordPath Env:/here } |
            Should -Throw -ErrorId 'OciPathNotSupported,OciTools.Commands.RestoreOciMetadataCommand'
    }
}
