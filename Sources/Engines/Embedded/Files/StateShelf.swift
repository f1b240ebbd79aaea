import Aggregation
import Artifacts
import Core
import Foundation
import Tensors

/// What a strategy keeps on the server from round to round: beside the candidate of its round, then beside the model that
/// the candidate became, promoted, thrown away and left behind together with it.
///
/// A state names its model by digest. A round goes on from the state of its own base and from no other; where that isn't
/// there the strategy starts anew, which is what it does in a task's first round.
enum StateShelf {
    /// In a state's metadata: the digest of the model that it belongs to.
    static let modelKey = "model"

    /// The state to go on from, or why there is none.
    static func find(
        _ strategy: Strategy,
        of base: ModelFile,
        version: Int,
        in task: TaskFolder
    ) throws -> (state: URL?, missing: String?) {
        guard strategy.keepsState else { return (nil, nil) }
        let url = task.state(version)
        guard FileManager.default.fileExists(atPath: url.path) else {
            return (nil, "this node has no state of the strategy for global model v\(version)")
        }
        do {
            let file = try SafetensorsFile(mapping: url)
            guard file.metadata[modelKey] == base.content.digest.description else {
                return (nil, "the state beside global model v\(version) belongs to another model")
            }
            if let flaw = try strategy.flaw(ofState: file, reference: SafetensorsFile(mapping: base.url)) {
                return (nil, flaw)
            }
            return (url, nil)
        } catch let error as TensorError {
            return (nil, "the state beside global model v\(version) can't be read: \(error)")
        }
    }
}
