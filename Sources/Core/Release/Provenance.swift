/// Who built an artifact, from which commit, with which steps and packages: a statement of in-toto with SLSA's provenance.
///
/// Sources: https://github.com/in-toto/attestation/blob/v1.0/spec/v1.0/statement.md, https://slsa.dev/spec/v1.0/provenance
package struct Provenance: Codable, Sendable, Equatable {
    package static let mediaType = "application/vnd.in-toto+json"
    package static let statementType = "https://in-toto.io/Statement/v1"
    package static let predicateType = "https://slsa.dev/provenance/v1"
    /// What the fields of `externalParameters` and `internalParameters` mean, which is told in docs/reference/provenance.md.
    package static let buildType = "urn:fedops:build:1"

    /// A file, a commit, or a package; `digest` by algorithm, in hexadecimal digits.
    package struct Resource: Codable, Sendable, Equatable {
        package var name: String?
        package var uri: String?
        package var digest: [String: String]

        package init(name: String? = nil, uri: String? = nil, digest: [String: String]) {
            self.name = name
            self.uri = uri
            self.digest = digest
        }
    }

    /// A program of the flow that had to end with 0.
    package struct Step: Codable, Sendable, Equatable {
        package enum Kind: String, Codable, Sendable { case build, test }

        package var kind: Kind
        package var name: String
        package var command: [String]

        package init(kind: Kind, name: String, command: [String]) {
            self.kind = kind
            self.name = name
            self.command = command
        }
    }

    package struct Source: Codable, Sendable, Equatable {
        package var uri: String
        /// The tag or branch.
        package var ref: String

        package init(uri: String, ref: String) {
            self.uri = uri
            self.ref = ref
        }
    }

    /// What whoever wrote the flow and the task's source decides.
    package struct External: Codable, Sendable, Equatable {
        package var task: String
        package var source: Source
        /// Path of the flow in the repository.
        package var flow: String
        package var steps: [Step]
    }

    /// What the controller found.
    package struct Internal: Codable, Sendable, Equatable {
        /// When the same steps had passed before on the same files and packages, so that they weren't run again.
        package var stepsPassed: Instant?
        /// Of the packages, such as `3.11`; absent without packages.
        package var python: String?
        package var platform: String?
    }

    package struct Definition: Codable, Sendable, Equatable {
        package var buildType = Provenance.buildType
        package var externalParameters: External
        package var internalParameters: Internal
        /// The commit, and every package.
        package var resolvedDependencies: [Resource]
    }

    package struct Builder: Codable, Sendable, Equatable {
        /// `urn:fedops:controller:` and the digest of the controller's public key.
        package var id: String
        package var version: [String: String]
    }

    package struct Metadata: Codable, Sendable, Equatable {
        package var invocationId: String
        package var startedOn: Instant
        package var finishedOn: Instant
    }

    package struct Run: Codable, Sendable, Equatable {
        package var builder: Builder
        package var metadata: Metadata
    }

    package struct Predicate: Codable, Sendable, Equatable {
        package var buildDefinition: Definition
        package var runDetails: Run
    }

    package enum CodingKeys: String, CodingKey {
        case type = "_type"
        case subject, predicateType, predicate
    }

    package var type = Provenance.statementType
    /// The artifact's manifest, by its SHA-256.
    package var subject: [Resource]
    package var predicateType = Provenance.predicateType
    package var predicate: Predicate

    /// - Parameters:
    ///   - account: What the build did.
    ///   - packages: The wheels, by name and SHA-256.
    ///   - builder: Digest of the controller's public key, and its version.
    package init(
        _ release: Release,
        task: String,
        source: SourceSpec,
        account: BuildAccount,
        packages: [Resource],
        builder: (key: String, version: String)
    ) {
        subject = [Resource(name: "\(task)@\(release.name)", digest: ["sha256": release.digest.hex])]
        let commit = Resource(uri: "git+\(source.url)", digest: ["gitCommit": release.commit.text])
        predicate = Predicate(
            buildDefinition: Definition(
                externalParameters: External(
                    task: task,
                    source: Source(uri: source.url, ref: release.name),
                    flow: source.flow,
                    steps: account.steps
                ),
                internalParameters: Internal(
                    stepsPassed: account.stepsPassed,
                    python: account.python,
                    platform: account.platform
                ),
                resolvedDependencies: [commit] + packages
            ),
            runDetails: Run(
                builder: Builder(id: "urn:fedops:controller:\(builder.key)", version: ["fedops": builder.version]),
                metadata: Metadata(
                    invocationId: "\(task)/\(release.number)",
                    startedOn: account.started,
                    finishedOn: account.finished
                )
            )
        )
    }

    /// The commit that was built.
    package var commit: String? {
        predicate.buildDefinition.resolvedDependencies.lazy.compactMap { $0.digest["gitCommit"] }.first
    }

    /// Its packages.
    package var packages: [Resource] {
        predicate.buildDefinition.resolvedDependencies.filter { $0.digest["gitCommit"] == nil }
    }
}

/// What one build did, as far as its artifact doesn't say it.
package struct BuildAccount: Sendable, Equatable {
    package var started: Instant
    package var finished: Instant
    package var steps: [Provenance.Step] = []
    /// When steps that weren't run again had passed.
    package var stepsPassed: Instant?
    package var python: String?
    package var platform: String?

    package init(started: Instant) {
        self.started = started
        finished = started
    }
}
