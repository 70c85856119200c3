@{
    RootModule           = 'OciTools.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '5f0b3c0e-7a4e-4a86-9d2e-0b8f6a3f4c11'
    Author               = 'The OciTools authors'
    CompanyName          = 'The OciTools authors'
    Copyright            = '(c) The OciTools authors. MIT licence.'
    Description          = 'Find, save, copy, pack, unpack and compare container images without a container engine.'
    PowerShellVersion    = '7.6'
    CompatiblePSEditions = 'Core'
    FormatsToProcess     = 'OciTools.Format.ps1xml'
    TypesToProcess       = 'OciTools.Types.ps1xml'
    CmdletsToExport      = @(
        'Compare-OciImage'
        'Connect-OciRegistry'
        'Copy-OciImage'
        'Disconnect-OciRegistry'
        'Expand-OciImage'
        'Export-OciArchive'
        'Get-OciConfig'
        'Get-OciFileContent'
        'Get-OciLayer'
        'Get-OciLayerItem'
        'Get-OciManifest'
        'Get-OciRateLimit'
        'Get-OciRegistry'
        'Get-OciTag'
        'Import-OciArchive'
        'Optimize-OciLayout'
        'Restore-OciMetadata'
        'Save-OciImage'
        'Test-OciImage'
    )
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    PrivateData          = @{
        PSData = @{
            Tags         = 'OCI', 'Docker', 'Container', 'Image', 'Registry', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS'
            ReleaseNotes = 'See CHANGELOG.md in the module.'
        }
    }
}
