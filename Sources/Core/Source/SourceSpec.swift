/// Where a task's revisions come from, and which of them count.
package struct SourceSpec: Codable, Sendable, Equatable {
    package enum DeployOn: String, Codable, Sendable, CaseIterable {
        /// Nodes move on new tags that match the rule.
        case tag
        /// Every push to the branch deploys.
        case push
    }

    /// `https`, `ssh`, `http` or `file`.
    package var url: String
    package var branch: String
    /// A glob, or a range of semantic versions; see `TagRule`.
    package var tags: String
    /// Path of the flow inside the repository.
    package var flow: String
    /// Seconds between polls, before jitter.
    package var interval: Double
    package var deployOn: DeployOn
    package var credentials: CredentialFiles?

    package init(
        url: String,
        branch: String = "main",
        tags: String = "*",
        flow: String = "fedops.yaml",
        interval: Double = 30,
        deployOn: DeployOn = .tag,
        credentials: CredentialFiles? = nil
    ) {
        self.url = url
        self.branch = branch
        self.tags = tags
        self.flow = flow
        self.interval = interval
        self.deployOn = deployOn
        self.credentials = credentials
    }
}

extension SourceSpec {
    /// Everything but the URL may be left out.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(url: try container.decode(String.self, forKey: .url))
        branch = try container.decodeIfPresent(String.self, forKey: .branch) ?? branch
        tags = try container.decodeIfPresent(String.self, forKey: .tags) ?? tags
        flow = try container.decodeIfPresent(String.self, forKey: .flow) ?? flow
        interval = try container.decodeIfPresent(Double.self, forKey: .interval) ?? interval
        deployOn = try container.decodeIfPresent(DeployOn.self, forKey: .deployOn) ?? deployOn
        credentials = try container.decodeIfPresent(CredentialFiles.self, forKey: .credentials)
    }
}

/// Secrets are named by path on the controller's machine and never pass through its API or store.
package struct CredentialFiles: Codable, Sendable, Equatable {
    package var username: String?
    /// A password or access token for `https`.
    package var passwordFile: String?
    package var sshKeyFile: String?
    package var sshPassphraseFile: String?
    /// Pinned SSH host keys, `SHA256:…` as `ssh-keygen -l` prints them.
    package var hostKeys: [String]?
    /// PEM file of certificate authorities for `https`, in place of the system's.
    package var caFile: String?

    package init() {}
}
