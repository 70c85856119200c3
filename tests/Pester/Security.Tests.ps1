BeforeAll {
    Import-Module (Join-Path $PSScriptRoot OciTools.Testing.psm1)
    Import-Module (Get-ModulePath)

    # All that a console could be shown of a command: its streams, its objects in every view, and its errors whole.
    function Get-AllText([scriptblock] $Script) {
        $Error.Clear()
        $written = & {
            $ErrorActionPreference = $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
            try { & $Script } catch { Write-Error -ErrorRecord $_ }
        } *>&1
        @(
            $written | Out-String -Width 500
            $written | Format-List | Out-String -Width 500
            $written | Format-Table | Out-String -Width 500
            $Error | Format-List * -Force | Out-String -Width 500
            $Error | ForEach-Object {
                $_.Exception.ToString(), $_.TargetObject, $_.CategoryInfo, $_.ErrorDetails
                $_ | Get-Error | Out-String -Width 500
                $_ | ConvertTo-Json -Depth 4 -WarningAction SilentlyContinue
            }
        ) -join "`n"
    }
}

Describe 'No command shows a secret' {
    BeforeAll {
        $secret = 'S3cret-P4ssw0rd!'
        $wrong = 'Wr0ng-P4ssw0rd!'
        $private = Start-TestRegistry --bearer
        $basic = Start-TestRegistry --basic
        $forms = foreach ($password in $secret, $wrong, $private.Password) {
            $password
            [uri]::EscapeDataString($password)
            foreach ($user in 'alice', 'bob', 'proxy') {
                [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("${user}:$password"))
            }
        }
        $config = Join-Path $TestDrive config
        $null = New-Item -ItemType Directory $config
        $auth = [Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes("bob:$secret"))
        @{ auths = @{ $private.Host = @{ auth = $auth }; $basic.Host = @{ identitytoken = $secret } } } |
            ConvertTo-Json -Depth 5 | Set-Content (Join-Path $config config.json)
        $before = $env:DOCKER_CONFIG
        $env:DOCKER_CONFIG = $config

        $pair = Get-TestCredential $private
        $bad = [pscredential]::new('alice', (ConvertTo-SecureString $wrong -AsPlainText -Force))
        $proxy = [pscredential]::new('proxy', (ConvertTo-SecureString $secret -AsPlainText -Force))
        $layout = "oci:$(Join-Path $TestDrive layout)"
        Save-OciImage "$($private.Host)/single" $layout.Substring(4) -Credential $pair
    }

    AfterAll {
        $env:DOCKER_CONFIG = $before
        Disconnect-OciRegistry $private.Host, $basic.Host -WarningAction SilentlyContinue
        Stop-TestRegistry $private
        Stop-TestRegistry $basic
    }

    It '<_>' -ForEach @(
        'Get-OciManifest "$at/single" -Credential $given'
        'Get-OciManifest "$at/single"'
        'Get-OciConfig "$at/single" -Credential $given'
        'Get-OciTag "$at/app" -Credential $given'
        'Get-OciLayer "$at/single" -Credential $given'
        'Get-OciLayerItem "$at/single" -Credential $given'
        'Get-OciFileContent "$at/files" etc/release -Credential $given'
        'Save-OciImage "$at/single" (Join-Path $TestDrive ([guid]::NewGuid())) -Credential $given -PassThru'
        'Copy-OciImage $layout "$at/copy" -DestinationCredential $given -PassThru'
        'Copy-OciImage "$at/single" "$at/other" -Credential $given -DestinationCredential $given -PassThru'
        'Export-OciArchive "$at/single" (Join-Path $TestDrive "$([guid]::NewGuid()).tar") -Credential $given'
        'Expand-OciImage "$at/single" (Join-Path $TestDrive ([guid]::NewGuid())) -Credential $given'
        'Connect-OciRegistry $at -Credential $given -PassThru'
        'Get-OciRegistry $at'
        'Get-OciRegistry'
        'Disconnect-OciRegistry $at'
        'Get-OciManifest "$at/single" -Credential $given -Proxy http://127.0.0.1:1 -ProxyCredential $proxy -MaximumRetryCount 0'
        'Get-OciManifest "registry.invalid/single" -Proxy $private.Url -ProxyCredential $proxy -PlainHttp -Credential $given'
    ) {
        foreach ($registry in $private, $basic) {
            $at = $registry.Host
            foreach ($given in $pair, $bad) {
                $text = Get-AllText ([scriptblock]::Create($_))
                $text | Should -Not -BeNullOrEmpty
                foreach ($form in $forms) { $text | Should -Not -Match ([regex]::Escape($form)) }
            }
        }
    }

    It 'and a proxy with a password in its address is refused' {
        $null = Get-AllText { Get-OciManifest "$($private.Host)/single" -Proxy "http://proxy:$secret@127.0.0.1:1" }
        # PowerShell itself shows the line that was typed; we add nothing to it.
        $Error.ForEach{ $_.Exception.ToString() + $_.TargetObject } | Should -Not -Match ([regex]::Escape($secret))
        $Error.FullyQualifiedErrorId | Should -Contain 'OciArgumentInvalid,OciTools.Commands.GetOciManifestCommand'
    }

    It 'nor the password of a proxy that the environment names' {
        $shown = pwsh -NoProfile -NonInteractive -Command "
            `$env:no_proxy = ''
            `$env:https_proxy = 'http://proxy:$secret@$($private.Host)'
            Import-Module '$(Get-ModulePath)'
            `$VerbosePreference = `$DebugPreference = 'Continue'
            Get-OciManifest registry.invalid/single -Anonymous -MaximumRetryCount 0 *>&1 | Out-String -Width 500
            `$Error | ForEach-Object { `$_.Exception.ToString() }" *>&1 | Out-String
        $shown | Should -Match 'The proxy does not connect to registry\.invalid'
        $shown | Should -Not -Match ([regex]::Escape($secret))
    }

    It 'nor what a file of credentials with a mistake holds' {
        $file = Join-Path $config config.json
        $good = Get-Content $file -Raw
        try {
            foreach ($text in "{`"auths`": {`"$($private.Host)`": {`"auth`": `"$secret`"}}}", "{`"$secret", "[`"$secret`"]") {
                Set-Content $file $text
                $module = Get-ModulePath
                $shown = pwsh -NoProfile -NonInteractive -Command "
                    Import-Module '$module'
                    `$VerbosePreference = `$DebugPreference = 'Continue'
                    Get-OciManifest '$($private.Host)/single' *>&1 | Out-String -Width 500
                    `$Error | ForEach-Object { `$_.Exception.ToString() }" *>&1 | Out-String
                $shown | Should -Match 'config\.json'
                $shown | Should -Not -Match ([regex]::Escape($secret))
            }
        }
        finally {
            Set-Content $file $good
        }
    }
}

Describe 'A credential helper' -Skip:$IsWindows {
    It 'gets the registry by its input and its answer is not shown' {
        $private = Start-TestRegistry --basic
        try {
            $bin = Join-Path $TestDrive bin
            $null = New-Item -ItemType Directory $bin
            $helper = Join-Path $bin docker-credential-noisy
            $seen = Join-Path $TestDrive seen
            Set-Content $helper -NoNewline (
                "#!/bin/sh`nprintf '%s|' `"`$@`" >>'$seen'`ncat >>'$seen'`n" +
                "echo Leaked-Secret >&2`nprintf '{`"Username`":`"alice`",`"Secret`":`"Wr0ng-From-Helper`"}'`n")
            chmod +x $helper
            $config = Join-Path $TestDrive helperconfig
            $null = New-Item -ItemType Directory $config
            @{ credHelpers = @{ $private.Host = 'noisy' } } | ConvertTo-Json | Set-Content (Join-Path $config config.json)
            $shown = pwsh -NoProfile -NonInteractive -Command "
                `$env:PATH = '$bin' + [IO.Path]::PathSeparator + `$env:PATH
                `$env:DOCKER_CONFIG = '$config'
                Import-Module '$(Get-ModulePath)'
                Get-OciManifest '$($private.Host)/single' -Verbose -Debug *>&1 | Out-String -Width 500
                `$Error | ForEach-Object { `$_.Exception.ToString() }" *>&1 | Out-String
            Get-Content $seen -Raw | Should -Match '^get\|127\.0\.0\.1:\d+'
            $shown | Should -Match 'docker-credential-noisy'
            $shown | Should -Not -Match 'Wr0ng-From-Helper|Leaked-Secret'
        }
        finally {
            Stop-TestRegistry $private
        }
    }
}

Describe 'No command shows what could control a terminal' {
    BeforeAll {
        $hostile = "$([char]27)]0;owned$([char]7)$([char]0x9b)31m`r`nVERBOSE: all is well$([char]0x202e)gpj.exe$([char]0x200b)"
        # The line that is forged, and every character that is not for a console, whatever PowerShell itself writes.
        $dangerous = '[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069]|\x1b\]|(?m)^VERBOSE: all is well'
        $folder = Join-Path $TestDrive hostile
        $blobs = New-Item -ItemType Directory (Join-Path $folder blobs sha256)
        function Add-Blob([byte[]] $Bytes, [string] $MediaType) {
            $hash = [Convert]::ToHexString([Security.Cryptography.SHA256]::HashData($Bytes)).ToLowerInvariant()
            [IO.File]::WriteAllBytes((Join-Path $blobs $hash), $Bytes)
            @{ mediaType = $MediaType; digest = "sha256:$hash"; size = $Bytes.Length }
        }
        function Add-Json($Value, [string] $MediaType) {
            Add-Blob ([Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $Value -Depth 10))) $MediaType
        }
        $tar = [IO.MemoryStream]::new()
        $writer = [Formats.Tar.TarWriter]::new($tar, $true)
        $entry = [Formats.Tar.PaxTarEntry]::new('RegularFile', "etc/$hostile")
        $entry.UserName = $entry.GroupName = 'a'
        $entry.DataStream = [IO.MemoryStream]::new([byte[]] (97, 98, 99))
        $writer.WriteEntry($entry)
        $link = [Formats.Tar.PaxTarEntry]::new('SymbolicLink', 'etc/link')
        $link.LinkName = $hostile
        $writer.WriteEntry($link)
        $writer.Dispose()
        $layer = Add-Blob $tar.ToArray() 'application/vnd.oci.image.layer.v1.tar'
        $layer.annotations = @{ 'org.opencontainers.image.title' = "../../$hostile" }
        $layer.urls = @("https://$hostile.example/")
        $config = Add-Json @{
            os = "linux$hostile"; architecture = "amd64$hostile"; variant = $hostile; author = $hostile; 'os.version' = $hostile
            config = @{
                User = $hostile; Env = @($hostile); Cmd = @($hostile); Entrypoint = @($hostile); WorkingDir = $hostile
                Labels = @{ $hostile = $hostile }; StopSignal = $hostile; ExposedPorts = @{ $hostile = @{} }
                Healthcheck = @{ Test = @($hostile) }; Shell = @($hostile); Volumes = @{ $hostile = @{} }
            }
            rootfs = @{ type = 'layers'; diff_ids = @($layer.digest) }
            history = @(@{ created_by = $hostile; author = $hostile; comment = $hostile })
        } 'application/vnd.oci.image.config.v1+json'
        $manifest = Add-Json @{
            schemaVersion = 2; mediaType = 'application/vnd.oci.image.manifest.v1+json'; artifactType = $hostile
            config = $config; layers = @($layer); annotations = @{ $hostile = $hostile }
        } 'application/vnd.oci.image.manifest.v1+json'
        $manifest.platform = @{ os = "linux$hostile"; architecture = "amd64$hostile"; 'os.features' = @($hostile) }
        $manifest.artifactType = $hostile
        $manifest.annotations = @{ 'org.opencontainers.image.ref.name' = 'bad' ; $hostile = $hostile }
        $emptyLayer = Add-Blob ([byte[]]::new(1024)) 'application/vnd.oci.image.layer.v1.tar'
        $emptyConfig = Add-Json @{
            os = 'linux'; architecture = 'amd64'; rootfs = @{ type = 'layers'; diff_ids = @($emptyLayer.digest) }
        } 'application/vnd.oci.image.config.v1+json'
        $empty = Add-Json @{
            schemaVersion = 2; mediaType = 'application/vnd.oci.image.manifest.v1+json'
            config = $emptyConfig; layers = @($emptyLayer)
        } 'application/vnd.oci.image.manifest.v1+json'
        $empty.annotations = @{ 'org.opencontainers.image.ref.name' = 'empty' }
        @{ schemaVersion = 2; manifests = @($manifest, $empty) } | ConvertTo-Json -Depth 10 |
            Set-Content (Join-Path $folder index.json)
        '{"imageLayoutVersion":"1.0.0"}' | Set-Content (Join-Path $folder oci-layout)
        $reference = "oci:${folder}:bad"
        $rendering = $PSStyle.OutputRendering
        $PSStyle.OutputRendering = 'PlainText'
    }

    AfterAll {
        $PSStyle.OutputRendering = $rendering
    }

    It '<_>' -ForEach @(
        'Get-OciManifest $reference -Detailed'
        'Get-OciManifest $reference -Index'
        '(Get-OciManifest $reference -Detailed).Layers'
        '(Get-OciManifest $reference -Detailed).Platform'
        '(Get-OciManifest $reference -Detailed).Document'
        '(Get-OciManifest $reference -Detailed).Document.Manifest'
        '(Get-OciManifest $reference -Index).Document.Index'
        'Get-OciManifest $reference -Platform windows/arm64'
        'Get-OciConfig $reference'
        '(Get-OciConfig $reference).Config'
        '(Get-OciConfig $reference).Config.History'
        '(Get-OciConfig $reference).Config.Healthcheck'
        '(Get-OciConfig $reference).Document'
        'Get-OciLayer $reference'
        'Get-OciLayerItem $reference'
        'Get-OciFileContent $reference etc/link'
        'Get-OciFileContent $reference etc/none'
        'Get-OciTag "oci:$folder"'
        'Compare-OciImage $reference "oci:${folder}:empty"'
        'Compare-OciImage "oci:${folder}:empty" $reference -File'
        'Save-OciImage $reference (Join-Path $TestDrive ([guid]::NewGuid())) -PassThru'
        'Export-OciArchive $reference (Join-Path $TestDrive "$([guid]::NewGuid()).tar") -PassThru'
        'Expand-OciImage $reference (Join-Path $TestDrive ([guid]::NewGuid()))'
        'Expand-OciImage $reference (Join-Path $TestDrive "$([guid]::NewGuid()).tar") -AsTar'
    ) {
        # After an object of another type PowerShell uses no view.
        foreach ($script in $_, "Get-Item `$TestDrive; $_") {
            $text = Get-AllText ([scriptblock]::Create($script))
            $text | Should -Not -BeNullOrEmpty
            $text | Should -Not -Match $dangerous
        }
    }
}
