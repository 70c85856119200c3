BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry --pages
    $at = $registry.Host
}

AfterAll {
    Stop-TestRegistry $registry
}

Describe 'Get-OciTag' {
    It 'lists all tags, over as many pages as there are' {
        $tags = Get-OciTag "$at/many"
        $tags | Should -HaveCount 200
        $tags[0] | Should -BeOfType OciTools.OciTag
        "$($tags[0].Reference)" | Should -Be "$at/many:v000"
    }

    It 'takes wildcards, and case counts' {
        (Get-OciTag "$at/many" -Name v01*, v199).Name | Should -HaveCount 11
        Get-OciTag "$at/many" -Name V* | Should -BeNullOrEmpty
    }

    It 'asks for no page that nobody wants' {
        $null = $registry.Send('clear')
        Get-OciTag "$at/many" | Select-Object -First 1 -ExpandProperty Name | Should -Be 'v000'
        @($registry.Send('requests')).Count | Should -BeLessThan 20
    }

    It 'takes manifests for the repository that they are in' {
        (Get-OciManifest "$at/single" | Get-OciTag).Name | Should -Be 'latest'
    }

    It 'lists the names in a layout' {
        Save-OciImage "$at/app:1.1" -Path (Join-Path $TestDrive names)
        (Get-OciTag "oci:$(Join-Path $TestDrive names)").Name | Should -Be '1.1'
    }

    It 'is an error when there is no such repository' {
        Get-OciTag "$at/nosuch" -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -Be 'OciRepositoryNotFound,OciTools.Commands.GetOciTagCommand'
    }
}
