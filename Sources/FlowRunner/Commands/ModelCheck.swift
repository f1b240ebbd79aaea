import Foundation
import Tensors

extension FlowWorker {
    /// Holds what a command wrote against the model that it was given: the same tensors, of the same shapes and dtypes.
    /// Without a base, as for a first model, it only has to be a model.
    func checkModel(_ output: URL, against base: URL?, stage: String) throws(StageFailure) {
        guard FileManager.default.fileExists(atPath: output.path) else {
            throw StageFailure(
                stage: stage,
                kind: .invalid,
                message: "the command ended well and wrote no model: write safetensors to the path in FEDOPS_OUTPUT"
            )
        }
        let found = try specs(output, stage, "the command's FEDOPS_OUTPUT")
        guard !found.isEmpty else {
            throw StageFailure(stage: stage, kind: .invalid, message: "the command wrote a model without tensors")
        }
        guard let base else { return }
        let wanted = try specs(base, stage, "the global model")
        let differences = Self.differences(found, wanted)
        guard !differences.isEmpty else { return }
        throw StageFailure(
            stage: stage,
            kind: .invalid,
            message: "the command's model differs from the global one: \(differences.prefix(5).joined(separator: "; "))"
        )
    }

    private func specs(_ file: URL, _ stage: String, _ what: String) throws(StageFailure) -> [String: TensorSpec] {
        do throws(TensorError) {
            let specs = try SafetensorsFile(mapping: file).specs
            return Dictionary(specs.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        } catch {
            throw StageFailure(stage: stage, kind: .invalid, message: "\(what) is no safetensors file: \(error)")
        }
    }

    private static func differences(_ found: [String: TensorSpec], _ wanted: [String: TensorSpec]) -> [String] {
        Set(found.keys).union(wanted.keys).sorted().compactMap { name in
            switch (found[name], wanted[name]) {
            case (nil, _): "\(name) is missing"
            case (_, nil): "\(name) is new"
            case (let found?, let wanted?) where found.shape != wanted.shape:
                "\(name) has shape \(found.shape), not \(wanted.shape)"
            case (let found?, let wanted?) where found.dtype != wanted.dtype:
                "\(name) has dtype \(found.dtype.rawValue), not \(wanted.dtype.rawValue)"
            default: nil
            }
        }
    }
}
