BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Test-OciImage' {
    BeforeEach {
        $null = $registry.Send('clear')
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
        Push-Location $folder
        Save-OciImage "$at/app:1.0" -Path images
        $layer = (Get-OciManifest oci:images:1.0 -Detailed)[0].Layers[0]
        $file = "images/blobs/sha256/$($layer.Digest.Hex)"
    }

    AfterEach {
        Pop-Location
    }

    It 'finds nothing wrong with an image in a registry, a layout and an archive' {
        Export-OciArchive "$at/app:1.0" app.tar
        $results = "$at/app:1.0", 'oci:images:1.0', 'oci-archive:app.tar' | Test-OciImage
        $results | Should -HaveCount 3
        $results | Should -BeOfType OciTools.OciTestResult
        $results.IsValid | Should -Be $true, $true, $true
        $results.Findings | Should -BeNullOrEmpty
        $results[0].BytesChecked | Should -Be $results[1].BytesChecked
    }

    It 'gives true or false with -Quiet' {
        Test-OciImage oci:images -Quiet | Should -BeTrue
        Remove-Item $file
        $answer = Test-OciImage oci:images -Quiet
        $answer | Should -BeOfType bool
        $answer | Should -BeFalse
    }

    It 'tells what is wrong, for each image that needs it' {
        Remove-Item $file
        $result = Test-OciImage oci:images:1.0
        $result.IsValid | Should -BeFalse
        $result.Findings[0] | Should -BeOfType OciTools.OciTestFinding
        $result.Findings[0].Kind | Should -Be 'Missing'
        $result.Findings[0].Digest | Should -Be $layer.Digest
        $result | Out-String | Should -Match 'Missing'
    }

    It 'tests only the platforms that are named' {
        $manifests = Get-OciManifest oci:images:1.0 -Detailed
        Remove-Item "images/blobs/sha256/$($manifests[1].Layers[1].Digest.Hex)"
        Test-OciImage oci:images:1.0 -Platform $manifests[0].Platform -Quiet | Should -BeTrue
        Test-OciImage oci:images:1.0 -Platform $manifests[1].Platform -Quiet | Should -BeFalse
    }

    It 'repairs a layout from a registry' {
        $good = [IO.File]::ReadAllBytes("$folder/$file")
        [IO.File]::WriteAllBytes("$folder/$file", [byte[]]::new($good.Length))
        $result = Test-OciImage oci:images:1.0 -Repair -From "$at/app"
        $result.IsValid | Should -BeTrue
        $result.Repaired[0].Kind | Should -Be 'Corrupt'
        [IO.File]::ReadAllBytes("$folder/$file") | Should -Be $good
    }

    It 'repairs nothing with -WhatIf, but tests' {
        Remove-Item $file
        (Test-OciImage oci:images:1.0 -Repair -From "$at/app" -WhatIf).IsValid | Should -BeFalse
        $file | Should -Not -Exist
    }

    It 'says with -WhatIf where it would repair from, without a tag' {
        $said = Invoke-NewSession "
            Import-Module '$(Get-ModulePath)'
            Test-OciImage oci:$folder/images:1.0 -Repair -From $at/app -WhatIf -Quiet"
        "$said" | Should -BeLike "*""Repair from $at/app""*"
    }

    It 'warns of what the other place does not have' {
        Remove-Item $file
        $result = Test-OciImage oci:images:1.0 -Repair -From "$at/single" -WarningVariable said -WarningAction SilentlyContinue
        $result.IsValid | Should -BeFalse
        $said | Should -HaveCount 1
        "$said" | Should -BeLike "$($layer.Digest) could not be repaired.*"
    }

    It 'tells blobs that nothing refers to' {
        Save-OciImage "$at/single:latest" -Path images -Tag v2
        $index = Get-Content images/index.json | ConvertFrom-Json
        $index.manifests = @($index.manifests[1])
        ConvertTo-Json $index -Depth 9 | Set-Content images/index.json
        $results = Test-OciImage oci:images
        $results | Should -HaveCount 2
        $results[1].Findings.Kind | Should -Contain 'Orphaned'
        $results.IsValid | Should -Be $true, $true
    }

    It 'says that archives cannot be repaired' {
        Export-OciArchive "$at/app:1.0" app.tar
        { Test-OciImage oci-archive:app.tar -Repair -From "$at/app" -ErrorAction Stop } |
            Should -Throw -ErrorId 'OciNotSupported,OciTools.Commands.TestOciImageCommand'
    }

    It 'reports an image that is not there, and goes on' {
        $results = "$at/none:1", 'oci:images:1.0' | Test-OciImage -ErrorAction SilentlyContinue -ErrorVariable failed
        $results | Should -HaveCount 1
        $failed | Should -HaveCount 1
    }
}
