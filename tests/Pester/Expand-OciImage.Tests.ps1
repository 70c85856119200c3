BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Expand-OciImage' {
    BeforeEach {
        $null = $registry.Send('clear')
        $folder = (New-Item -ItemType Directory (Join-Path $TestDrive ([guid]::NewGuid()))).FullName
        Push-Location $folder
    }

    AfterEach {
        Pop-Location
    }

    It 'unpacks to a directory named after the image, in the current location' {
        [Environment]::CurrentDirectory | Should -Not -Be $folder
        Expand-OciImage "$at/files" -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        Get-Content files/etc/release -Raw | Should -BeExactly "NAME=`"Test`"`nVERSION=2`n"
        Test-Path files.incomplete | Should -BeFalse
    }

    It 'removes what a higher layer takes away' {
        Expand-OciImage "$at/files" -Path here -WarningAction SilentlyContinue
        (Get-ChildItem here/etc -Force).Name | Sort-Object | Should -Be latin1, release, utf16
    }

    It 'unpacks images from a layout, and through the pipeline' {
        Save-OciImage "$at/files" -Path store
        Get-OciManifest oci:store | Expand-OciImage -Path here -WarningAction SilentlyContinue
        Get-Content here/etc/release | Should -Be 'NAME="Test"', 'VERSION=2'
    }

    It 'writes what was done with -PassThru' {
        $result = Expand-OciImage "$at/files" -PassThru -WarningAction SilentlyContinue
        $result | Should -BeOfType OciTools.OciExpandResult
        $result.Path | Should -Be (Join-Path $folder files)
        $result.Layers | Should -Be 2
        $result.Reference.Digest | Should -Be (Get-OciManifest "$at/files").Digest
        $result | Format-Table | Out-String -Width 300 | Should -Match 'Warnings'
        $result | Format-List | Out-String | Should -Match 'RecordPath'
    }

    It 'chooses the platform' {
        $result = Expand-OciImage "$at/app:1.0" -Path here -Platform linux/arm64 -PassThru -WarningAction SilentlyContinue
        $result.Platform.Architecture | Should -Be arm64
        Expand-OciImage "$at/app:1.0" -Path there -Platform linux/mips -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciPlatformNotFound,*'
        Test-Path there | Should -BeFalse
    }

    It 'unpacks each platform to the place that a script block names, as <Form>' -ForEach @(
        @{ Form = 'a directory'; As = @{} }
        @{ Form = 'a tar'; As = @{ AsTar = $true } }
        @{ Form = 'a repository'; As = @{ AsGit = $true } }
    ) {
        if ($As.AsGit -and -not (Get-Command git -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'there is no git'
        }
        $results = Get-OciManifest "$at/app:1.0" | Where-Object Platform -match linux/arm |
            Expand-OciImage -Path { "app-$($_.Platform -replace '/', '-')" } @As -PassThru -WarningAction SilentlyContinue
        $results.Path | Should -Be (Join-Path $folder app-linux-arm64-v8), (Join-Path $folder app-linux-arm-v7)
        $results.Path | Should -Exist
    }

    It 'refuses to unpack several images to one place, and tells of script blocks' {
        $results = Get-OciManifest "$at/app:1.0" | Where-Object Platform -match linux/arm | Expand-OciImage -Path here `
            -PassThru -WarningAction SilentlyContinue -ErrorAction SilentlyContinue -ErrorVariable problem
        $results.Platform.Architecture | Should -Be arm64
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciDestinationExists,*'
        "$($problem[0])" | Should -BeLike '*script block*'
    }

    It 'gives a place to the next image when one could not be had' {
        $results = "$at/app:nosuch", "$at/app:1.0" | Expand-OciImage -PassThru -ErrorAction SilentlyContinue `
            -ErrorVariable problem -WarningAction SilentlyContinue
        $problem | Should -HaveCount 1
        $results.Path | Should -Be (Join-Path $folder app)
    }

    It 'does not take the path of a reference for that to unpack to, as <Form>' -ForEach @(
        @{ Form = 'a directory'; As = @{}; Name = 'other' }
        @{ Form = 'a tar'; As = @{ AsTar = $true }; Name = 'other.tar' }
    ) {
        $null = New-Item -ItemType Directory deep
        $place = (Save-OciImage "$at/files" deep/other -PassThru).Reference
        ($place | Expand-OciImage @As -PassThru -WarningAction SilentlyContinue).Path |
            Should -Be (Join-Path $folder $Name)
        ([OciTools.ImageReference]"$at/files" | Expand-OciImage @As -PassThru -WarningAction SilentlyContinue).Layers |
            Should -Be 2
    }

    It 'refuses an empty path' {
        { Expand-OciImage "$at/files" -Path $null } | Should -Throw '*path is empty*'
        { Expand-OciImage "$at/files" -Path '' } | Should -Throw '*path is empty*'
        { Get-OciManifest "$at/files" | Expand-OciImage -Path { $_.NoSuch } } | Should -Throw '*path is empty*'
        Get-ChildItem | Should -BeNullOrEmpty
    }

    It 'refuses a directory that is not empty' {
        $null = New-Item -ItemType Directory here
        Set-Content here/mine mine
        Expand-OciImage "$at/files" -Path here -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId |
            Should -Be 'OciDestinationExists,OciTools.Commands.ExpandOciImageCommand'
        (Get-ChildItem here).Name | Should -Be mine
    }

    It 'writes into a directory that is not empty with -Force' {
        $null = New-Item -ItemType Directory here/etc
        Set-Content here/mine mine
        Set-Content here/etc/release old
        Expand-OciImage "$at/files" -Path here -Force -WarningAction SilentlyContinue
        Get-Content here/mine | Should -Be mine
        Get-Content here/etc/release | Should -Be 'NAME="Test"', 'VERSION=2'
    }

    It 'records what it cannot apply where -RecordPath says' -Skip:($IsWindows -or (id -u) -eq 0) {
        $result = Expand-OciImage "$at/files" -RecordPath record.jsonl -PassThru -WarningVariable warnings 3>$null
        $result.RecordPath | Should -Be (Join-Path $folder record.jsonl)
        $result.Warnings | Should -Not -BeNullOrEmpty
        $warnings | Should -HaveCount 1
        Get-Content record.jsonl | ConvertFrom-Json | Select-Object -Skip 1 |
            ForEach-Object path | Should -Contain etc/release
    }

    It 'makes nothing with -WhatIf' {
        Expand-OciImage "$at/files" -WhatIf
        Expand-OciImage "$at/files" -AsTar -WhatIf
        Expand-OciImage "$at/files" -AsGit -WhatIf
        Get-ChildItem -Force | Should -BeNullOrEmpty
        @($registry.Send('requests')) | Should -Not -Match '/v2/files/'
    }

    It 'keeps the limit of <Name>' -ForEach @(
        @{ Name = 'MaximumSize'; Value = 20 }
        @{ Name = 'MaximumFileSize'; Value = 5 }
        @{ Name = 'MaximumEntryCount'; Value = 2 }
        @{ Name = 'MaximumDepth'; Value = 1 }
    ) {
        $limit = @{ $Name = $Value }
        Expand-OciImage "$at/files" -AsTar @limit -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciLimitExceeded,*'
        Test-Path files.tar | Should -BeFalse
    }

    It 'goes on after an image that is not there' {
        "$at/missing", "$at/files" | Expand-OciImage -ErrorAction SilentlyContinue -ErrorVariable problem 3>$null
        $problem | Should -HaveCount 1
        Test-Path files/etc/release | Should -BeTrue
        Test-Path missing | Should -BeFalse
    }

    It 'refuses a path that is not in the file system' {
        { Expand-OciImage "$at/files" -Path Env:/here } |
            Should -Throw -ErrorId 'OciPathNotSupported,OciTools.Commands.ExpandOciImageCommand'
        { Expand-OciImage "$at/files" -RecordPath Env:/here } |
            Should -Throw -ErrorId 'OciPathNotSupported,OciTools.Commands.ExpandOciImageCommand'
    }

    It 'takes the parameters of one form alone' {
        { Expand-OciImage "$at/files" -AsTar -AsGit } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        { Expand-OciImage "$at/files" -AsTar -Branch other } | Should -Throw -ErrorId 'AmbiguousParameterSet,*'
        { Expand-OciImage "$at/files" -AsTar:$false } | Should -Throw '*Leave them out*'
    }

    Context 'as a tar' {
        It 'writes what the layers have together, for tar to read' -Skip:(-not (Get-Command tar -ErrorAction Ignore)) {
            $result = Expand-OciImage "$at/files" -AsTar -PassThru
            $result.Path | Should -Be (Join-Path $folder files.tar)
            $result.Warnings | Should -BeNullOrEmpty
            $names = tar -tf files.tar
            $names -match '[^/]$' | Sort-Object | Should -Be etc/latin1, etc/release, etc/utf16
            tar -xOf files.tar etc/release | Should -Be 'NAME="Test"', 'VERSION=2'
        }

        It 'replaces a tar only with -Force' {
            Set-Content here.tar mine
            Expand-OciImage "$at/files" -Path here.tar -AsTar -ErrorAction SilentlyContinue -ErrorVariable problem
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciDestinationExists,*'
            Get-Content here.tar | Should -Be mine
            Expand-OciImage "$at/files" -Path here.tar -AsTar -Force
            (Get-Item here.tar).Length % 512 | Should -Be 0
        }
    }

    Context 'as a git history' -Skip:(-not (Get-Command git -ErrorAction Ignore)) {
        It 'makes a commit of each layer' {
            $result = Expand-OciImage "$at/files" -AsGit -PassThru
            $result.Path | Should -Be (Join-Path $folder files.git)
            $log = git --git-dir files.git log --reverse --format=%H main
            $log | Should -HaveCount 2
            $log | Should -Be $result.Commits
            git --git-dir files.git show "$($log[0]):etc/release" | Should -Be 'VERSION=1'
            git --git-dir files.git show main:etc/release | Should -Be 'NAME="Test"', 'VERSION=2'
            git --git-dir files.git diff --name-status $log[0] $log[1] | Should -Contain "D`tetc/gone"
        }

        It 'names the branches' {
            $result = Expand-OciImage "$at/files" -Path here -AsGit -Branch v1 -BranchPerLayer -PassThru
            $result.Branches | Should -Be v1, v1-layer-1, v1-layer-2
            git --git-dir here branch --format='%(refname:short)' | Should -Be v1, v1-layer-1, v1-layer-2
            git --git-dir here show v1-layer-1:etc/gone | Should -Be gone
        }

        It 'moves a branch only with -Force' {
            Expand-OciImage "$at/files" -AsGit
            Expand-OciImage "$at/single" -Path files.git -AsGit -ErrorAction SilentlyContinue -ErrorVariable problem
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciDestinationExists,*'
            $result = Expand-OciImage "$at/single" -Path files.git -AsGit -Force -PassThru
            git --git-dir files.git rev-parse main | Should -Be $result.Commits[-1]
        }

        It 'records what git does not keep' {
            Expand-OciImage "$at/files" -AsGit
            git clone --quiet files.git here
            $lines = Get-Content here/.oci-metadata.jsonl | ConvertFrom-Json
            $lines[0].format | Should -Be oci-rootfs-metadata
            ($lines | Where-Object path -EQ etc/release).mode | Should -Be 0644
            ($lines | Where-Object path -EQ etc/release).uid | Should -Be 0
        }
    }

    It 'unpacks an image of schema 1, whose lowest layer is applied again' {
        Expand-OciImage "$at/old" (Join-Path $TestDrive old)
        Get-Content (Join-Path $TestDrive old etc release) | Should -Be 'VERSION=1'
        Get-Content (Join-Path $TestDrive old etc motd) | Should -Be 'hello'
        Get-Content (Join-Path $TestDrive old etc extra) | Should -Be 'extra'
    }
}
