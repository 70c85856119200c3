BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Copy-OciImage' {
    BeforeAll {
        $private = Start-TestRegistry --basic
    }

    AfterAll {
        Stop-TestRegistry $private
    }

    BeforeEach {
        $null = $registry.Send('clear')
        Push-Location (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid())))
    }

    AfterEach {
        Pop-Location
    }

    It 'copies an image, and the digest stays' {
        Copy-OciImage "$at/app:1.0" "$at/copy:2.0" | Should -BeNullOrEmpty
        $registry.Send('digest copy 2.0') | Should -Be $registry.Send('digest app 1.0')
    }

    It 'keeps the tags of several images when the destination has none' {
        Get-OciTag "$at/app" | Copy-OciImage -Destination "$at/mirror"
        $registry.Send('tags mirror') | Should -Be '1.0', '1.1', '2.0', 'latest'
    }

    It 'mounts what another repository of the registry has' {
        $result = Copy-OciImage "$at/single" "$at/mounted" -PassThru
        $result.ItemsMounted | Should -Be 3
        @($registry.Send('requests')) | Should -Not -Match '^GET /v2/single/blobs/'
    }

    It 'sends nothing that is there already' {
        Copy-OciImage "$at/single" "$at/twice"
        (Copy-OciImage "$at/single" "$at/twice" -PassThru).IsUpToDate | Should -BeTrue
    }

    It 'copies to a layout and back, each way keeping the tag' {
        Copy-OciImage "$at/app:1.1" oci:images
        Copy-OciImage oci:images "$at/back"
        $registry.Send('tags back') | Should -Be '1.1'
        $registry.Send('digest back 1.1') | Should -Be $registry.Send('digest app 1.1')
    }

    It 'uses latest when neither side has a tag' {
        $digest = $registry.Send('digest app 1.0')
        Copy-OciImage "$at/app@$digest" "$at/untagged"
        $registry.Send('tags untagged') | Should -Be 'latest'
    }

    It 'copies some platforms with a new index' {
        Copy-OciImage "$at/app" "$at/some:latest" -Platform amd64, arm64 -IndexMode Rewrite
        Get-OciManifest "$at/some" | Should -HaveCount 2
    }

    It 'sends each credential to its own side' {
        Copy-OciImage "$at/single" "$($private.Host)/in" -DestinationCredential (Get-TestCredential $private)
        $private.Send('tags in') | Should -Be 'latest'
        Copy-OciImage "$($private.Host)/in" "$at/out" -Credential (Get-TestCredential $private)
        $registry.Send('tags out') | Should -Be 'latest'
    }

    It 'uses -Credential for both sides of one registry, and for the destination of a layout' {
        $credential = Get-TestCredential $private
        Copy-OciImage "$($private.Host)/single" "$($private.Host)/same" -Credential $credential
        $private.Send('tags same') | Should -Be 'latest'
        Save-OciImage "$at/single"
        Copy-OciImage oci:single "$($private.Host)/pushed" -Credential $credential
        $private.Send('tags pushed') | Should -Be 'latest'
    }

    It 'is an error when the destination wants a credential' {
        Copy-OciImage "$at/single" "$($private.Host)/in" -Anonymous -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -Be 'OciAuthenticationFailed,OciTools.Commands.CopyOciImageCommand'
    }

    It 'writes nothing with -WhatIf' {
        Copy-OciImage "$at/app" "$at/nothing" -WhatIf
        Copy-OciImage "$at/app" oci:nothing -WhatIf
        $registry.Send('tags nothing') | Should -BeNullOrEmpty
        Test-Path nothing | Should -BeFalse
    }

    It 'ends when the destination is of no use for any image' {
        { "$at/single", "$at/app" | Copy-OciImage -Destination oci:Env:/x } |
            Should -Throw -ErrorId 'OciPathNotSupported,OciTools.Commands.CopyOciImageCommand'
    }

    It 'stops at once on Ctrl+C' {
        $null = $registry.Send('stall GET /v2/big/blobs/ 4000000')
        $shell = Start-Runspace "Copy-OciImage '$at/big' 'oci:$PWD/big'"
        $null = $registry.Send('reached')
        $shell.Stop()
        $shell.InvocationStateInfo.State | Should -Be Stopped
    }

    It 'copies an image of schema 1 as it is, or converted' {
        Copy-OciImage "$at/old" "$at/copied"
        $registry.Send('digest copied latest') | Should -Be $registry.Send('digest old latest')
        Copy-OciImage "$at/old" "$at/converted" -ConvertSchema1
        (Get-OciManifest "$at/converted").MediaType | Should -Be 'application/vnd.oci.image.manifest.v1+json'
    }
}
