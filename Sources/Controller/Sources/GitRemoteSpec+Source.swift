import Core
import Foundation
import Git

extension GitRemoteSpec {
    /// - Parameter allowFile: Whether the controller's operator lets remotes be folders of this machine.
    init(_ source: SourceSpec, allowFile: Bool) {
        let isPath = source.url.hasPrefix("/")
        self.init(
            url: isPath ? URL(filePath: source.url).absoluteString : source.url,
            allowFile: allowFile
        )
        let credentials = source.credentials
        username = credentials?.username
        passwordFile = credentials?.passwordFile
        sshKeyFile = credentials?.sshKeyFile
        sshPassphraseFile = credentials?.sshPassphraseFile
        hostKeys = credentials?.hostKeys
        caFile = credentials?.caFile
    }
}
