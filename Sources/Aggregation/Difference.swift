package import Tensors

/// How the tensors of an update differ from those of the model.
package struct Difference: Sendable {
    /// In the model only.
    package private(set) var missing: [String] = []
    /// In the update only.
    package private(set) var unexpected: [String] = []
    /// In both, with another shape or dtype.
    package private(set) var changed: [(name: String, model: TensorSpec, update: TensorSpec)] = []

    /// - Parameter extra: Tensors that the update may have beside the model's, by name.
    package init(model: SafetensorsFile, update: SafetensorsFile, extra: [String: TensorSpec] = [:]) {
        for spec in model.specs {
            guard let index = update.index(of: spec.name) else {
                missing.append(spec.name)
                continue
            }
            let other = update.specs[index]
            if other.dtype != spec.dtype || other.shape != spec.shape { changed.append((spec.name, spec, other)) }
        }
        for spec in update.specs where model.index(of: spec.name) == nil {
            guard let allowed = extra[spec.name] else {
                unexpected.append(spec.name)
                continue
            }
            if allowed.dtype != spec.dtype || allowed.shape != spec.shape { changed.append((spec.name, allowed, spec)) }
        }
    }

    package var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && changed.isEmpty }
}

extension Difference: CustomStringConvertible {
    /// One line with at most five of each sort.
    package var description: String {
        [
            list("missing", missing.map(quoted)),
            list("unexpected", unexpected.map(quoted)),
            list("changed", changed.map { "\(quoted($0.name)) is \($0.update), the model's \($0.model)" }),
        ].compactMap(\.self).joined(separator: "; ")
    }

    private func list(_ title: String, _ items: [String]) -> String? {
        guard !items.isEmpty else { return nil }
        let shown = items.prefix(5).joined(separator: ", ")
        return items.count > 5 ? "\(title): \(shown) and \(items.count - 5) more" : "\(title): \(shown)"
    }
}
