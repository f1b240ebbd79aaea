import Core
import Foundation
import Git

extension GitRemoteSpec {
    /// - Parameter allowFile: Whether the controller's operator lets remotes be folders of this machine.
    init(_ source: SourceSpec, allowFile: Bool) {
        let credentials = source.credentials
        self.init(
            url: source.url,
            username: credentials?.username,
            passwordFile: credentials?.passwordFile,
            sshKeyFile: credentials?.sshKeyFile,
            sshPassphraseFile: credentials?.sshPassphraseFile,
            hostKeys: credentials?.hostKeys,
            caFile: credentials?.caFile,
            allowFile: allowFile
        )
    }
}
