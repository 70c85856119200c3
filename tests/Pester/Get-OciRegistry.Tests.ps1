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

Describe 'Get-OciRegistry' {
    It 'asks a registry and says how it is' {
        $found = Get-OciRegistry $at -Credential $credential
        $found | Should -BeOfType OciTools.OciRegistry
        $found.IsReachable | Should -BeTrue
        $found.Authentication | Should -Be 'Bearer'
        $found.UserName | Should -Be $registry.UserName
    }

    It 'says why a registry cannot be used, which is no error' {
        $found = '127.0.0.1:1' | Get-OciRegistry -MaximumRetryCount 0 -ErrorAction Stop
        $found.IsReachable | Should -BeFalse
        $found.Problem | Should -Match '127.0.0.1:1'
    }

    It 'says that a credential is refused' {
        $found = Get-OciRegistry $at -Credential (Get-TestCredential $registry wrong)
        $found.IsReachable | Should -BeFalse
        $found.Problem | Should -Not -BeNullOrEmpty
        $found.Problem | Should -Not -Match 'wrong'
    }

    It 'lists what the session knows and asks nobody' {
        Connect-OciRegistry $at -Credential $credential
        $null = $registry.Send('clear')
        $known = Get-OciRegistry | Where-Object Registry -EQ $at
        $known.UserName | Should -Be $registry.UserName
        $registry.Send('requests') | Should -BeNullOrEmpty
    }

    It 'completes the registries that the session and credential files know' {
        Connect-OciRegistry $at -Credential $credential
        Set-Content (Join-Path $TestDrive config.json) '{ "auths": { "files.example": {} } }'
        $before = $env:DOCKER_CONFIG
        $env:DOCKER_CONFIG = $TestDrive
        try {
            $text = 'Get-OciRegistry '
            $words = (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText
            $words | Should -Contain $at
            $words | Should -Contain 'files.example'
        }
        finally {
            $env:DOCKER_CONFIG = $before
        }
    }

    It 'is an error when the name is no host' {
        Get-OciRegistry 'no/host' -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -Be 'OciArgumentInvalid,OciTools.Commands.GetOciRegistryCommand'
    }
}
