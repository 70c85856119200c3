BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Get-OciFileContent' {
    It 'writes the lines of the topmost file of that path' {
        Get-OciFileContent "$at/files" etc/release | Should -Be 'NAME="Test"', 'VERSION=2'
        Get-OciFileContent "$at/files" -Path /etc/release | Should -HaveCount 2
    }

    It 'writes one text with -Raw' {
        Get-OciFileContent "$at/files" etc/release -Raw | Should -BeExactly "NAME=`"Test`"`nVERSION=2`n"
    }

    It 'writes bytes with -AsByteStream' {
        $bytes = Get-OciFileContent "$at/files" etc/latin1 -AsByteStream
        $bytes | Should -BeOfType byte
        $bytes | Should -Be 0x4B, 0xF6, 0x6C, 0x6E, 0x0A
    }

    It 'writes one array with -AsByteStream and -Raw' {
        $whole = Get-OciFileContent "$at/big" big -AsByteStream -Raw
        Should -ActualValue $whole -BeOfType byte[]
        $whole.Length | Should -Be 8MB
    }

    It 'takes an encoding as <_>' -ForEach 'latin1', 'iso-8859-1', '28591', 28591, ([Text.Encoding]::Latin1) {
        Get-OciFileContent "$at/files" etc/latin1 -Encoding $_ | Should -BeExactly "K$([char] 0xF6)ln"
    }

    It 'heeds a byte order mark' {
        Get-OciFileContent "$at/files" etc/utf16 -Encoding utf8 | Should -BeExactly "K$([char] 0xF6)ln", 'Bonn'
    }

    It 'completes encodings' {
        $line = 'Get-OciFileContent a b -Encoding utf8'
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText |
            Should -Be 'utf8', 'utf8BOM', 'utf8NoBOM'
    }

    It 'takes the images and paths of items from the pipeline' {
        Get-OciLayerItem "$at/files" -Path *latin1, *utf16 | Get-OciFileContent -Encoding latin1 |
            Should -HaveCount 3
    }

    It 'reads from a layout' {
        Save-OciImage "$at/files" -Path (Join-Path $TestDrive files)
        Get-OciFileContent "oci:$(Join-Path $TestDrive files)" etc/release | Should -Contain 'VERSION=2'
    }

    It 'is an error when the image has no such file, and the others go on' {
        Get-OciFileContent "$at/files" etc/gone, etc/release -ErrorAction SilentlyContinue -ErrorVariable problem |
            Should -HaveCount 2
        $problem | Should -HaveCount 1
        $problem[0].FullyQualifiedErrorId |
            Should -Be 'OciFileNotFound,OciTools.Commands.GetOciFileContentCommand'
        $problem[0].CategoryInfo.Category | Should -Be ObjectNotFound
        "$($problem[0])" | Should -Match 'etc/gone'
    }

    It 'is an error when the path is a directory' {
        Get-OciFileContent "$at/files" etc -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciNotSupported,*'
    }

    It 'is an error when the file is larger than -MaximumSize' {
        Get-OciFileContent "$at/big" big -MaximumSize 1MB -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciLimitExceeded,*'
    }

    It 'writes nothing of a layer that is not what its digest promises' {
        $null = $registry.Send('corrupt GET /v2/big/blobs/ 4000000')
        Get-OciFileContent "$at/big" big -Raw -ErrorAction SilentlyContinue -ErrorVariable problem |
            Should -BeNullOrEmpty
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciContentMismatch,*'
        $null = $registry.Send('clear')
    }

    It 'refuses an encoding that is none, and one for bytes' {
        { Get-OciFileContent "$at/files" etc/release -Encoding nosuch } | Should -Throw '*no such encoding*'
        { Get-OciFileContent "$at/files" etc/release -Encoding utf8 -AsByteStream } |
            Should -Throw -ErrorId 'OciArgumentInvalid,OciTools.Commands.GetOciFileContentCommand'
    }

    It 'reads a file of an image of schema 1, whose lowest layer is applied again' {
        Get-OciFileContent "$at/old" -Path etc/release | Should -Be 'VERSION=1'
    }
}
