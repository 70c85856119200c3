BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Save-OciImage' {
    BeforeEach {
        $null = $registry.Send('clear')
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
        Push-Location $folder
    }

    AfterEach {
        Pop-Location
    }

    It 'saves a whole image to a layout named after it, in the current location' {
        [Environment]::CurrentDirectory | Should -Not -Be $folder
        Save-OciImage "$at/app:1.0" | Should -BeNullOrEmpty
        Get-Content ./app/oci-layout | Should -Match '"imageLayoutVersion"'
        Get-OciManifest oci:app:1.0 | Should -HaveCount 4
        (Get-OciManifest oci:app -Index).Digest | Should -Be ([OciTools.Digest] $registry.Send('digest app 1.0'))
    }

    It 'saves what comes through the pipeline, with its platform' {
        Get-OciManifest "$at/app" | Where-Object Platform -match arm64 | Save-OciImage
        $manifest = Get-OciManifest oci:app
        "$($manifest.Platform)" | Should -Be 'linux/arm64/v8'
        (Get-Content ./app/index.json | ConvertFrom-Json).manifests.platform.architecture | Should -Be 'arm64'
    }

    It 'tells what it did with -PassThru, and the result pipes on' {
        $result = Save-OciImage "$at/single" -Path images -Tag mine -PassThru
        $result | Should -BeOfType OciTools.OciTransferResult
        $result.ItemsTransferred | Should -Be 4
        $result.Destination.Tag | Should -Be 'mine'
        ($result | Get-OciManifest).Digest | Should -Be $result.Digest
    }

    It 'fetches nothing that is there already' {
        Save-OciImage "$at/single"
        $again = Save-OciImage "$at/single" -PassThru
        $again.IsUpToDate | Should -BeTrue
        $again.BytesTransferred | Should -Be 0
    }

    It 'puts several images into one layout' {
        "$at/app:1.0", "$at/single:latest" | Save-OciImage -Path both
        (Get-OciTag oci:both).Name | Should -Be '1.0', 'latest'
    }

    It 'copies one platform without the index, or several with one' {
        Save-OciImage "$at/app:1.0" -Path one -Platform arm64
        Get-OciManifest oci:one | Should -HaveCount 1
        Save-OciImage "$at/app:1.0" -Path two -Platform amd64, arm64 -IndexMode Rewrite
        (Get-OciManifest oci:two).Platform | ForEach-Object ToString | Should -Be 'linux/amd64', 'linux/arm64/v8'
    }

    It 'saves what refers to the image when asked to' {
        $plain = Save-OciImage "$at/signed" -Path plain -PassThru
        $signed = Save-OciImage "$at/signed" -Path signed -IncludeReferrers -PassThru
        $signed.ItemsTransferred | Should -BeGreaterThan $plain.ItemsTransferred
    }

    It 'writes nothing with -WhatIf' {
        Save-OciImage "$at/app" -WhatIf
        Get-OciTag "$at/app" | Save-OciImage -Path ./backup -WhatIf
        Get-ChildItem | Should -BeNullOrEmpty
        @($registry.Send('requests')) | Should -Not -Match 'manifests|blobs'
    }

    It 'takes brackets and stars in paths literally' {
        Save-OciImage "$at/single" -Path 'a[1]b'
        Test-Path -LiteralPath 'a[1]b/index.json' | Should -BeTrue
        Get-OciManifest 'oci:a[1]b' | Should -HaveCount 1
    }

    It 'understands drives of PowerShell that are in the file system' {
        $null = New-PSDrive Here FileSystem $folder
        Save-OciImage "$at/single" -Path Here:/images
        Test-Path ./images/index.json | Should -BeTrue
        Get-OciManifest 'oci:Here:/images' | Should -HaveCount 1
    }

    It 'ends when the path is of no use for any image: <Path>' -ForEach @(
        @{ Path = 'Env:/x' }
        @{ Path = 'NoDrive:/x' }
    ) {
        { "$at/single", "$at/app" | Save-OciImage -Path $Path } |
            Should -Throw -ErrorId 'OciPathNotSupported,OciTools.Commands.SaveOciImageCommand'
    }

    It 'refuses -Platform <Platform> with -IndexMode <Mode>' -ForEach @(
        @{ Platform = 'amd64', 'arm64'; Mode = $null }
        @{ Platform = $null; Mode = 'Sparse' }
    ) {
        $arguments = @{}
        if ($Platform) { $arguments.Platform = $Platform }
        if ($Mode) { $arguments.IndexMode = $Mode }
        { Save-OciImage "$at/app" @arguments } | Should -Throw -ErrorId 'OciArgumentInvalid,*'
    }

    It 'goes on after an image that it cannot save' {
        Save-OciImage "$at/app:nosuch", "$at/single" -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -Be 'OciManifestNotFound,OciTools.Commands.SaveOciImageCommand'
        Get-OciManifest oci:single | Should -HaveCount 1
    }

    It 'is an error when the folder cannot be a layout' {
        Set-Content file text
        Save-OciImage "$at/single" -Path file -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciDestinationExists,*'
        $null = New-Item -ItemType Directory full
        Set-Content full/file text
        Save-OciImage "$at/single" -Path full -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciDestinationExists,*'
    }

    It 'is an error when the disk refuses' -Skip:(-not $IsLinux) {
        Save-OciImage "$at/single" -Path /proc/images -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciWriteFailed,*'
        $problem[0].CategoryInfo.Category | Should -Be WriteError
    }

    It 'leaves nothing that looks whole when content is wrong' {
        $null = $registry.Send('corrupt GET /v2/single/blobs/ 10')
        Save-OciImage "$at/single" -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciContentMismatch,*'
        Test-Path single/index.json | Should -BeFalse
    }

    It 'stops at once on Ctrl+C, leaves nothing that looks whole, and can be run again' {
        $null = $registry.Send('stall GET /v2/big/blobs/ 4000000')
        $shell = Start-Runspace "Save-OciImage '$at/big' -Path '$folder/big'"
        $null = $registry.Send('reached')
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $shell.Stop()
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 10
        $shell.InvocationStateInfo.State | Should -Be Stopped
        Test-Path big/index.json | Should -BeFalse
        $null = $registry.Send('clear')
        (Save-OciImage "$at/big" -PassThru).Digest | Should -Be ([OciTools.Digest] $registry.Send('digest big latest'))
    }

    It 'goes on where a killed process stopped' {
        $null = $registry.Send('stall GET /v2/big/blobs/ 4000000')
        $script = "Import-Module '$(Get-ModulePath)'; Save-OciImage '$at/big' -Path '$folder/big'"
        $process = Start-Process pwsh '-NoProfile', '-NonInteractive', '-Command', $script -PassThru
        $null = $registry.Send('reached')
        do { $partial = Get-ChildItem $folder/big/.ocitools/staging/*.partial | Where-Object Length -gt 1MB }
        until ($partial)
        $process.Kill()
        $process.WaitForExit()
        $null = $registry.Send('clear')

        $result = Save-OciImage "$at/big" -PassThru -Verbose 4>&1
        $result[-1].BytesResumed | Should -BeGreaterThan 1MB
        $result[-1].Digest | Should -Be ([OciTools.Digest] $registry.Send('digest big latest'))
        @($registry.Send('ranges')) | Should -Contain "bytes=$($result[-1].BytesResumed)-"
        "$result" | Should -Match "Continuing sha256:\w+ at byte $($result[-1].BytesResumed) of"
        Get-ChildItem big/.ocitools/staging -File | Should -BeNullOrEmpty
    }

    It 'stops at once when the pipeline has enough' {
        $null = $registry.Send('stall GET /v2/big/blobs/ 4000000')
        "$at/single", "$at/big" | Save-OciImage -PassThru | Select-Object -First 1 | Should -HaveCount 1
        @($registry.Send('requests')) | Should -Not -Match '/v2/big/'
    }

    It 'shows progress, at most five times a second, and takes every bar away again' {
        $null = $registry.Send('drip GET /v2/big/blobs/ 500000 100')
        $shell = Start-Runspace "Save-OciImage '$at/big' -Path '$folder/big'"
        $watch = [Diagnostics.Stopwatch]::StartNew()
        $null = $shell.EndInvoke($shell.Invocation)
        $records = $shell.Streams.Progress
        $shown = $records | Where-Object RecordType -EQ Processing
        $shown.Count | Should -BeGreaterThan 2
        $shown.Count | Should -BeLessThan ($watch.Elapsed.TotalSeconds * 5 + 2)
        $shown[0].Activity | Should -Match 'Save .*/big:latest'
        $shown[0].StatusDescription | Should -Match '^[\d.]+ \w+ of [\d.]+ \w+, [\d.]+ \w+/s$'
        $shown | Where-Object ParentActivityId -EQ $shown[0].ActivityId | Should -Not -BeNullOrEmpty
        foreach ($bar in $records | Group-Object ActivityId) { $bar.Group[-1].RecordType | Should -Be Completed }
    }

    It 'says what it decided with -Verbose, and warns of nothing' {
        $lines = Save-OciImage "$at/single" -Verbose 4>&1 3>&1
        $lines | ForEach-Object { $_ | Should -BeOfType System.Management.Automation.VerboseRecord }
        "$lines" | Should -Match 'sha256:'
    }

    It 'keeps an image of schema 1 byte for byte, and converts it when asked to' {
        $saved = Save-OciImage "$at/old" -Path old -PassThru
        "$($saved.Digest)" | Should -Be $registry.Send('digest old latest')
        (Get-OciManifest 'oci:old').Digest | Should -Be $saved.Digest
        Get-OciLayer 'oci:old' | Should -HaveCount 6

        Save-OciImage "$at/old" -Path new -ConvertSchema1
        (Get-OciManifest 'oci:new').MediaType | Should -Be 'application/vnd.oci.image.manifest.v1+json'
        (Get-OciConfig 'oci:new').Config.DiffIds | Should -HaveCount 3
    }
}
