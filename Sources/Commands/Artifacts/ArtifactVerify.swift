import ArgumentParser
import Artifacts
import Core
import Foundation

struct ArtifactVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check an artifact's provenance, without a controller.",
        discussion: """
            FILE is what fedops artifact provenance TASK REVISION -o json printed, the key what fedops artifact key did: get \
            it once, by a way that you trust. It ends with 1 where the signature is not of that key, or something that you \
            ask for is not what was signed.
            """
    )

    @Argument(help: "The signed envelope.", completion: .file())
    var file: String

    @Option(help: ArgumentHelp("The controller's public key, in PEM.", valueName: "file"), completion: .file())
    var key: String

    @Option(help: ArgumentHelp("Commit that has to have been built, whole or abbreviated.", valueName: "hash"))
    var commit: String?

    @Option(
        help: ArgumentHelp(
            "Folder that has to hold the artifact's files and nothing else, such as git archive unpacks.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var folder: String?

    @OptionGroup var output: OutputOptions

    private static let mostBytes = 64 << 20

    func run() throws {
        let provenance = try checked()
        if let commit {
            let built = provenance.commit ?? ""
            guard commit.utf8.count >= 7, built.hasPrefix(commit.lowercased()) else {
                throw CommandFailure("\(file): built was commit \(built), not \(commit)")
            }
        }
        if let folder { try compare(folder, provenance) }
        try output.print(provenance) { console in
            var lines = [Paint.good("The signature is of \(key).", console)]
            if let folder { lines.append(Paint.good("The files of \(folder) are the artifact's.", console)) }
            return lines + ProvenancePage(provenance, console).lines
        }
    }

    private func checked() throws -> Provenance {
        let envelope: SignedEnvelope
        do {
            envelope = try JSONDecoder().decode(SignedEnvelope.self, from: try read(file))
        } catch let error as DecodingError {
            throw CommandFailure("\(file) is no envelope of DSSE in JSON: \(error.plain)")
        }
        let signer: ArtifactPublicKey
        do {
            signer = try ArtifactPublicKey(pem: String(decoding: try read(key), as: UTF8.self))
        } catch let error as ArtifactError {
            throw CommandFailure("\(key) is \(error)")
        }
        do {
            let payload = try signer.document(in: envelope, type: Provenance.mediaType)
            let provenance = try JSONDecoder().decode(Provenance.self, from: payload)
            guard provenance.type == Provenance.statementType, provenance.predicateType == Provenance.predicateType
            else {
                throw CommandFailure("\(file) is signed, and no provenance of SLSA 1: \(provenance.predicateType)")
            }
            return provenance
        } catch let error as ArtifactError {
            throw CommandFailure("\(file): \(error)")
        } catch let error as DecodingError {
            throw CommandFailure("\(file) is signed, and no provenance that this version reads: \(error.plain)")
        }
    }

    private func compare(_ folder: String, _ provenance: Provenance) throws {
        guard let commit = provenance.commit.flatMap(CommitHash.init) else {
            throw CommandFailure("\(file): the provenance names no commit, so no folder can be held against it")
        }
        let flow = provenance.predicate.buildDefinition.externalParameters.flow
        let found: String
        do {
            let manifest = try Manifest(folder: URL(filePath: folder), commit: commit, flow: flow)
            found = try manifest.encoded().digest.hex
        } catch let error as ArtifactError {
            throw CommandFailure("\(error)")
        }
        guard provenance.subject.contains(where: { $0.digest["sha256"] == found }) else {
            throw CommandFailure(
                "the files of \(folder) are not the artifact's: their manifest is sha256:\(found), signed is "
                    + provenance.subject.compactMap { $0.digest["sha256"].map { "sha256:\($0)" } }.joined(
                        separator: ", "
                    )
                    + "; compare with what git archive \(commit.short) unpacks in an empty folder"
            )
        }
    }

    private func read(_ path: String) throws -> Data {
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure("\(path) isn't there, or can't be read", .usage)
        }
        defer { try? handle.close() }
        let data = try handle.read(upToCount: Self.mostBytes + 1) ?? Data()
        guard data.count <= Self.mostBytes else { throw CommandFailure("\(path) is larger than 64 MiB") }
        return data
    }
}

extension DecodingError {
    /// In one line, for people.
    fileprivate var plain: String {
        switch self {
        case .keyNotFound(let key, _): "\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            (context.codingPath.map(\.stringValue).joined(separator: ".") + " " + context.debugDescription)
                .trimmingCharacters(in: .whitespaces)
        @unknown default: "\(self)"
        }
    }
}
