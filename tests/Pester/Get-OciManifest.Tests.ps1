BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Get-OciManifest' {
    It 'writes one manifest for each platform, in the order of the index' {
        $manifests = Get-OciManifest "$at/app"
        $manifests | Should -HaveCount 4
        $manifests | ForEach-Object { $_ | Should -BeOfType OciTools.OciManifest }
        "$($manifests.Platform)" | Should -Be 'linux/amd64 linux/arm64/v8 linux/arm/v7 windows(10.0.20348.2402)/amd64'
    }

    It 'pins references to the digest and keeps the tag' {
        $manifest = Get-OciManifest "$at/app:1.0" -Platform arm64
        $manifest.Reference.Tag | Should -Be '1.0'
        $manifest.Reference.Digest | Should -Be $manifest.Digest
    }

    It 'needs one request for an index' {
        $null = $registry.Send('clear')
        Get-OciManifest "$at/app" | Should -HaveCount 4
        @($registry.Send('requests')) | Should -Be @('GET /v2/app/manifests/latest -> 200')
    }

    It 'finds platforms with Where-Object' {
        (Get-OciManifest "$at/app" | Where-Object Platform -match arm64).Platform.Variant | Should -Be 'v8'
    }

    It 'reads layers and size with -Detailed' {
        $manifest = Get-OciManifest "$at/app" -Platform linux/amd64 -Detailed
        $manifest.Layers | Should -HaveCount 2
        $manifest.Size | Should -BeGreaterThan ($manifest.Layers | Measure-Object Size -Sum).Sum
    }

    It 'has lists that can be indexed' {
        $manifest = Get-OciManifest "$at/app" -Platform linux/amd64 -Detailed
        $manifest.Layers[1].Digest | Should -Not -Be $manifest.Layers[0].Digest
        $manifest.Document.Children[1].Digest | Should -Be $manifest.Layers[0].Digest
    }

    It 'shows attestations when asked to' {
        Get-OciManifest "$at/app" -IncludeAttestation | Should -HaveCount 5
    }

    It 'gets the index with -Index' {
        $index = Get-OciManifest "$at/app" -Index
        $index | Should -BeOfType OciTools.OciIndex
        $index.Manifests | Should -HaveCount 5
        "$($index.Digest)" | Should -Be $registry.Send('digest app latest')
    }

    It 'takes references from the pipeline as <Kind>' -ForEach @(
        @{ Kind = 'text'; Make = { "$at/single" } }
        @{ Kind = 'a reference'; Make = { [OciTools.ImageReference] "$at/single" } }
        @{ Kind = 'a tag'; Make = { Get-OciTag "$at/single" } }
        @{ Kind = 'a property'; Make = { [pscustomobject] @{ Reference = "$at/single" } } }
    ) {
        & $Make | Get-OciManifest | Should -HaveCount 1
    }

    It 'takes objects that have a reference as an argument' {
        $manifest = Get-OciManifest "$at/single"
        (Get-OciManifest $manifest).Digest | Should -Be $manifest.Digest
        (Get-OciManifest @($manifest, "$at/single")) | Should -HaveCount 2
    }

    It 'goes on after an image that it cannot find' {
        $manifests = "$at/nosuch", "$at/single" | Get-OciManifest -ErrorAction SilentlyContinue -ErrorVariable problem
        $manifests | Should -HaveCount 1
        $problem | Should -HaveCount 1
    }

    It 'tells what is wrong with <Reference>: <Id>' -ForEach @(
        @{ Reference = '<at>/nosuch'; Id = 'OciRepositoryNotFound'; Category = 'ObjectNotFound' }
        @{ Reference = '<at>/app:nosuch'; Id = 'OciManifestNotFound'; Category = 'ObjectNotFound' }
        @{ Reference = '127.0.0.1:1/app'; Id = 'OciConnectionFailed'; Category = 'ConnectionError' }
        @{ Reference = 'oci:nosuch'; Id = 'OciLayoutNotFound'; Category = 'ObjectNotFound' }
        @{ Reference = 'oci:Env:/app'; Id = 'OciPathNotSupported'; Category = 'InvalidArgument' }
        @{ Reference = 'oci:NoDrive:/app'; Id = 'OciPathNotSupported'; Category = 'InvalidArgument' }
        @{ Reference = 'oci-archive:app.tar'; Id = 'OciArchiveNotFound'; Category = 'ObjectNotFound' }
    ) {
        $text = $Reference -replace '<at>', $at
        Get-OciManifest $text -MaximumRetryCount 0 -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem | Should -HaveCount 1
        $problem[0].FullyQualifiedErrorId | Should -Be "$Id,OciTools.Commands.GetOciManifestCommand"
        $problem[0].CategoryInfo.Category | Should -Be $Category
        $problem[0].TargetObject | Should -Not -BeNullOrEmpty
        $problem[0].Exception | Should -BeOfType OciTools.OciException
    }

    It 'lists what there is when a platform is missing' {
        Get-OciManifest "$at/app" -Platform linux/s390x -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciPlatformNotFound,*'
        "$($problem[0])" | Should -Match 'linux/amd64, linux/arm64/v8'
    }

    It 'says which part of a reference is wrong' {
        { Get-OciManifest "$at/UPPER" } |
            Should -Throw '*not an image reference*' -ErrorId 'CannotConvertArgumentNoMessage,*'
    }

    It 'refuses -Credential with -Anonymous' {
        { Get-OciManifest "$at/app" -Credential (Get-TestCredential $registry) -Anonymous } |
            Should -Throw -ErrorId 'OciArgumentInvalid,*'
    }

    It 'completes platforms' {
        $text = 'Get-OciManifest app -Platform linux/arm'
        (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText | Should -Contain 'linux/arm64'
    }

    It 'tells of each request with -Debug, and of no secret' {
        $lines = Get-OciManifest "$at/app" -Debug -Credential (Get-TestCredential $registry) 5>&1 |
            Where-Object { $_ -is [Management.Automation.DebugRecord] }
        "$lines" | Should -Match '/v2/app/manifests/latest'
        "$lines" | Should -Not -Match $registry.Password
    }

    It 'asks nothing with -Debug, and tells there what -Verbose would' {
        $private = Start-TestRegistry --bearer
        try {
            $credential = Get-TestCredential $private
            $shown = [powershell]::Create().
                AddScript("Import-Module '$(Get-ModulePath)'").AddStatement().
                AddCommand('Get-OciManifest').
                AddParameter('Reference', "$($private.Host)/app").
                AddParameter('Credential', $credential).
                AddParameter('Debug')
            $shown.Invoke() | Should -HaveCount 4
            "$($shown.Streams.Debug)" | Should -Match 'for a token'
            $shown.Streams.Verbose | Should -BeNullOrEmpty
            $shown.Dispose()
        }
        finally {
            Stop-TestRegistry $private
        }
    }

    It 'finds an image of schema 1 by the digest that registries use' {
        $manifest = Get-OciManifest "$at/old"
        "$($manifest.Digest)" | Should -Be $registry.Send('digest old latest')
        $manifest.MediaType | Should -Be 'application/vnd.docker.distribution.manifest.v1+prettyjws'
        "$($manifest.Platform)" | Should -Be 'linux/amd64'
        $manifest.Layers | Should -HaveCount 3
        (Get-OciManifest "$at/unsigned").MediaType |
            Should -Be 'application/vnd.docker.distribution.manifest.v1+json'
    }
}
