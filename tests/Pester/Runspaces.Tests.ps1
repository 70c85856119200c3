BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)
    $registry = Start-TestRegistry --bearer
    Connect-OciRegistry $registry.Host -Credential (Get-TestCredential $registry)
}

AfterAll {
    Disconnect-OciRegistry $registry.Host
    Stop-TestRegistry $registry
}

Describe 'Many runspaces in one session' {
    It 'share the credential, and one token for each repository' {
        $module = Get-ModulePath
        $image = "$($registry.Host)/app:1.0"
        $start = [Threading.Barrier]::new(64)
        $null = $registry.Send('clear')

        $digests = 1..64 | ForEach-Object -ThrottleLimit 64 -Parallel {
            Import-Module $using:module
            ($using:start).SignalAndWait()
            (Get-OciManifest $using:image -Index -ErrorAction Stop).Reference.Digest.ToString()
        }

        $digests | Should -HaveCount 64
        $digests | Sort-Object -Unique | Should -Be $registry.Send('digest app 1.0')
        @($registry.Send('requests') -match ' /token').Count | Should -Be 1
    }
}
