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

Describe 'Connect-OciRegistry' {
    It 'keeps a credential that the registry accepts' {
        Connect-OciRegistry $at -Credential $credential | Should -BeNullOrEmpty
        Get-OciManifest "$at/single" | Should -HaveCount 1
    }

    It 'tells what is known with -PassThru' {
        $known = Connect-OciRegistry $at -Credential $credential -PassThru
        $known | Should -BeOfType OciTools.OciRegistry
        $known.UserName | Should -Be $registry.UserName
        $known.IsReachable | Should -BeTrue
        $known.Authentication | Should -Be 'Bearer'
    }

    It 'serves other runspaces' {
        Connect-OciRegistry $at -Credential $credential
        $path = Get-ModulePath
        1..3 | ForEach-Object -Parallel { Import-Module $using:path; Get-OciManifest "$using:at/single" } |
            Should -HaveCount 3
    }

    It 'does not keep a credential that is refused' {
        Disconnect-OciRegistry $at -WarningAction SilentlyContinue
        $wrong = Get-TestCredential $registry wrong
        Connect-OciRegistry $at -Credential $wrong -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciAuthenticationFailed,*.ConnectOciRegistryCommand'
        $problem[0].CategoryInfo.Category | Should -Be AuthenticationError
        Get-OciManifest "$at/single" -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciAuthenticationFailed,*'
    }

    It 'does nothing with -WhatIf' {
        Disconnect-OciRegistry $at -WarningAction SilentlyContinue
        $null = $registry.Send('clear')
        Connect-OciRegistry $at -Credential $credential -WhatIf
        $registry.Send('requests') | Should -BeNullOrEmpty
    }

    It 'is an error when <Registry> cannot be used: <Id>' -ForEach @(
        @{ Registry = '127.0.0.1:1'; Id = 'OciConnectionFailed' }
        @{ Registry = 'no/host'; Id = 'OciArgumentInvalid' }
    ) {
        $arguments = @{ Registry = $Registry; Credential = $credential; MaximumRetryCount = 0 }
        Connect-OciRegistry @arguments -ErrorAction SilentlyContinue -ErrorVariable problem
        $problem[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
    }

    It 'is over TLS with an authority of its own when that is trusted' {
        $secure = Start-TestRegistry --bearer --tls
        try {
            $arguments = @{ Registry = $secure.Host; Credential = $credential; PlainHttp = $false }
            Connect-OciRegistry @arguments -ErrorAction SilentlyContinue -ErrorVariable problem
            $problem[0].FullyQualifiedErrorId | Should -BeLike 'OciCertificateUntrusted,*'
            Connect-OciRegistry @arguments -CertificateAuthorityPath $secure.AuthorityPath
            Get-OciManifest "$($secure.Host)/single" -PlainHttp:$false -CertificateAuthorityPath $secure.AuthorityPath |
                Should -HaveCount 1
            Get-OciManifest "$($secure.Host)/single" -PlainHttp:$false -SkipCertificateCheck | Should -HaveCount 1
        }
        finally {
            Stop-TestRegistry $secure
        }
    }
}
