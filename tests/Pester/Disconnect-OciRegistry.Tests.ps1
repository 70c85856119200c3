BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry --bearer
    $at = $registry.Host
    $credential = Get-TestCredential $registry
}

AfterAll {
    Disconnect-OciRegistry $at -WarningAction SilentlyContinue
    Stop-TestRegistry $registry
}

Describe 'Disconnect-OciRegistry' {
    BeforeEach {
        Connect-OciRegistry $at -Credential $credential
    }

    It 'forgets the credential' {
        Disconnect-OciRegistry $at | Should -BeNullOrEmpty
        Get-OciManifest "$at/single" -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciAuthenticationFailed,*'
    }

    It 'takes what Get-OciRegistry writes' {
        Get-OciRegistry | Where-Object Registry -EQ $at | Disconnect-OciRegistry
        Get-OciRegistry | Where-Object Registry -EQ $at | Where-Object CredentialSource | Should -BeNullOrEmpty
    }

    It 'does nothing with -WhatIf' {
        Disconnect-OciRegistry $at -WhatIf
        Get-OciManifest "$at/single" | Should -HaveCount 1
    }

    It 'warns when there is nothing to end' {
        Disconnect-OciRegistry registry.example -WarningAction SilentlyContinue -WarningVariable warning
        "$warning" | Should -Match 'registry.example'
    }

    It 'is an error when the name is no host' {
        Disconnect-OciRegistry 'no/host' -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciArgumentInvalid,*.DisconnectOciRegistryCommand'
    }
}
