import Synchronization
package import Tensors

/// What every strategy asks of an update before it takes anything of it.
package enum UpdateCheck {
    /// Examines all that `add` examines before it adds anything, but for the numbers that come with the update.
    ///
    /// - Throws: `.mismatch` with the difference of names, shapes and dtypes; `.value` with the tensor and the flat,
    ///   row-major index of the first Inf, NaN, F64 value beyond 2^976 (see `FloatKernels.greatestSummable`), or boolean
    ///   that is neither 0 nor 1.
    package static func check(
        _ update: SafetensorsFile,
        against reference: SafetensorsFile
    ) throws(UpdateRefusal) {
        _ = try places(of: update, in: reference)
        try checkValues(of: update, Pieces(update.specs))
    }

    /// - Throws: `.mismatch` where a tensor's name begins as those do that strategies add to an update.
    package static func checkNames(of model: SafetensorsFile) throws(UpdateRefusal) {
        guard let reserved = model.specs.first(where: { $0.name.hasPrefix(ReservedName.prefix) }) else { return }
        throw UpdateRefusal(
            .mismatch,
            "tensor \(quoted(reserved.name)): names that begin with \(ReservedName.prefix) are kept for strategies"
        )
    }

    /// For each tensor of the model, its position in the update.
    ///
    /// - Parameter extra: Of which tensors beside the model's the update may have some.
    static func places(
        of update: SafetensorsFile,
        in reference: SafetensorsFile,
        extra: [String: TensorSpec] = [:]
    ) throws(UpdateRefusal) -> [Int] {
        let difference = Difference(model: reference, update: update, extra: extra)
        guard difference.isEmpty else {
            throw UpdateRefusal(.mismatch, "the update's tensors are not the model's: \(difference)")
        }
        return reference.specs.compactMap { update.index(of: $0.name) }
    }

    static func checkExamples(_ examples: Int, after earlier: Int) throws(UpdateRefusal) {
        guard examples > 0 else {
            throw UpdateRefusal(.examples, "the update counts \(examples) examples: its weight must be 1 or more")
        }
        guard examples <= Sums.greatestWeight - earlier else {
            throw UpdateRefusal(
                .examples,
                "the update counts \(examples) examples: with the \(earlier) before it that is more than 2^47"
            )
        }
    }

    static func checkValues(of update: SafetensorsFile, _ pieces: Pieces) throws(UpdateRefusal) {
        // The first in the file, whichever thread finds one first: what is refused for is the same each time.
        let first = Mutex<(tensor: Int, index: Int)?>(nil)
        try reading(update) { bytes in
            pieces.onAllCores { piece in
                let spec = update.specs[piece.tensor]
                let part = bytes.part(of: piece, spec.dtype)
                let found =
                    spec.dtype == .bool
                    ? IntegerKernels.firstNonBoolean(part) : FloatKernels.firstUnsummable(part, spec.dtype)
                guard let found else { return }
                let place = (tensor: piece.tensor, index: piece.elements.lowerBound + found)
                first.withLock { $0 = min($0 ?? place, place, by: <) }
            }
        }
        guard let (tensor, index) = first.withLock({ $0 }) else { return }
        let spec = update.specs[tensor]
        let what =
            switch spec.dtype {
            case .bool: "a boolean that is neither 0 nor 1"
            case .f64: "Inf, NaN or a value beyond 2^976, which can't be summed up,"
            default: "Inf or NaN"
            }
        throw UpdateRefusal(.value, "tensor \(quoted(spec.name)) has \(what) at index \(index)")
    }

    static func reading(
        _ update: SafetensorsFile,
        _ body: (TensorBytes) -> Void
    ) throws(UpdateRefusal) {
        do {
            try update.withTensors(body)
        } catch {
            throw UpdateRefusal(.unreadable, "the update can't be read: \(error)")
        }
    }
}

extension TensorBytes {
    /// The bytes of a piece.
    func part(of piece: Piece, _ dtype: DType) -> UnsafeRawBufferPointer {
        let size = dtype.size
        return UnsafeRawBufferPointer(
            rebasing: self[piece.tensor][piece.elements.lowerBound * size..<piece.elements.upperBound * size]
        )
    }
}

private func min<Value>(_ left: Value, _ right: Value, by isLess: (Value, Value) -> Bool) -> Value {
    isLess(right, left) ? right : left
}
