import Foundation
package import Tensors

/// A model of trees: one U8 tensor `fedops:trees` of lines, each a JSON object and ended by a line feed.
///
/// The first line is what all trees of the task share, such as objective, features and base_score. Each other line is a
/// boosting round: `{"groups": [0, …], "trees": […]}`, with trees in XGBoost's JSON
/// (https://xgboost.readthedocs.io/en/stable/tutorials/saving_model.html) and for each the output that it adds to. An
/// update has the same first line and the new rounds alone, so that the new model is the lines of all.
package enum TreeLines {
    package static let tensor = "\(ReservedName.prefix)trees"

    /// Whether a model is trees, be they well-formed or not.
    package static func areIn(_ file: SafetensorsFile) -> Bool { file.index(of: tensor) != nil }

    /// The bytes of the first line with its line feed.
    ///
    /// - Throws: `.mismatch` where the file is something else than trees, `.value` with the line where one is no round.
    static func check(_ file: SafetensorsFile) throws(UpdateRefusal) -> Data {
        guard file.specs.count == 1, let spec = file.specs.first, spec.name == tensor, spec.dtype == .u8,
            spec.shape.count == 1
        else {
            let names = file.specs.prefix(3).map { "\(quoted($0.name)) \($0.dtype) \($0.shape)" }
            throw UpdateRefusal(
                .mismatch,
                "it isn't trees: there must be the tensor \(quoted(tensor)) alone, U8 with one dimension, and there is "
                    + (names.isEmpty ? "none" : names.joined(separator: ", "))
            )
        }
        var result: Result<Data, UpdateRefusal> = .failure(UpdateRefusal(.value, "it has no line"))
        try UpdateCheck.reading(file) { result = first(of: $0[0]) }
        return try result.get()
    }

    /// Walks over all lines, one in memory at a time.
    private static func first(of bytes: UnsafeRawBufferPointer) -> Result<Data, UpdateRefusal> {
        var head: (line: Data, features: Int)?
        var start = bytes.startIndex
        var number = 1
        while start < bytes.endIndex {
            guard let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else {
                return .failure(UpdateRefusal(.value, "line \(number) of the trees has no end"))
            }
            let line = Data(bytes[start..<end])
            if let head {
                if let flaw = TreeRound.flaw(of: line, features: head.features) {
                    return .failure(UpdateRefusal(.value, "boosting round \(number - 1) is not trees: \(flaw)"))
                }
            } else {
                guard let leaves = leaves(of: line), let text = leaves[features], let count = Int(text), count > 0
                else {
                    return .failure(UpdateRefusal(.value, "the first line of the trees has no \(features)"))
                }
                head = (Data(bytes[start...end]), count)
            }
            start = end + 1
            number += 1
        }
        guard let head else { return .failure(UpdateRefusal(.value, "the trees have no first line")) }
        return .success(head.line)
    }

    private static let features = "learner.learner_model_param.num_feature"

    /// How the first line of an update differs from the model's, for people; nil where they are the same bytes.
    static func difference(_ update: Data, _ model: Data) -> String? {
        guard update != model else { return nil }
        guard let found = leaves(of: update), let wanted = leaves(of: model) else { return "not JSON" }
        let texts = Set(found.keys).union(wanted.keys).sorted().filter { found[$0] != wanted[$0] }.map {
            "\($0) is \(found[$0].map(short) ?? "missing"), not \(wanted[$0].map(short) ?? "missing")"
        }
        guard !texts.isEmpty else {
            return "the same in another order: an update begins with the model's own first line"
        }
        return texts.prefix(5).joined(separator: "; ") + (texts.count > 5 ? " and \(texts.count - 5) more" : "")
    }

    private static func short(_ text: String) -> String { text.count > 80 ? "\(text.prefix(79))…" : text }

    /// Values by their path; nil for what is no JSON object.
    private static func leaves(of line: Data) -> [String: String]? {
        guard let object = try? JSONSerialization.jsonObject(with: line) as? [String: Any] else { return nil }
        var found: [String: String] = [:]
        func walk(_ value: Any, _ path: String) {
            guard let members = value as? [String: Any] else {
                found[path] = "\(value)"
                return
            }
            for (key, member) in members { walk(member, path.isEmpty ? key : "\(path).\(key)") }
        }
        walk(object, "")
        return found
    }
}
