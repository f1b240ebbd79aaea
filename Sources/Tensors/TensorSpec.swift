/// Name, element type and shape of a tensor. An empty shape is a scalar, a zero in it a tensor without elements.
package struct TensorSpec: Sendable, Equatable {
    package let name: String
    package let dtype: DType
    package let shape: [Int]
    /// The product of the shape.
    package let count: Int
    /// `count` times the size of an element.
    package let byteCount: Int

    /// - Throws: `.invalid` for a negative dimension and for a shape whose bytes 63 bits can't count. Zeros don't excuse
    ///   an overflow of the other dimensions, whatever their order.
    package init(name: String, dtype: DType, shape: [Int]) throws(TensorError) {
        var bytes = dtype.size
        var isEmpty = false
        for dimension in shape {
            guard dimension >= 0 else {
                throw TensorError(.invalid, "tensor \(quoted(name)) has the negative dimension \(dimension)")
            }
            if dimension == 0 {
                isEmpty = true
                continue
            }
            let (product, overflow) = bytes.multipliedReportingOverflow(by: dimension)
            guard !overflow else {
                throw TensorError(.invalid, "tensor \(quoted(name)) has a shape whose size overflows 64 bits")
            }
            bytes = product
        }
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.byteCount = isEmpty ? 0 : bytes
        self.count = byteCount / dtype.size
    }

    /// The order in which the reference implementation lays tensors out: large elements first, then by name. Every
    /// tensor is aligned to its element then, which PyTorch asks of a file that it maps.
    package static func aligned(_ specs: [TensorSpec]) -> [TensorSpec] {
        specs.sorted { left, right in
            left.dtype.size == right.dtype.size ? left.name < right.name : left.dtype.size > right.dtype.size
        }
    }
}

extension TensorSpec: CustomStringConvertible {
    /// Such as `F32 [64, 10]`.
    package var description: String { "\(dtype.rawValue) \(shape)" }
}

extension TensorSpec: Codable {
    private enum CodingKeys: CodingKey { case name, dtype, shape }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            name: container.decode(String.self, forKey: .name),
            dtype: container.decode(DType.self, forKey: .dtype),
            shape: container.decode([Int].self, forKey: .shape)
        )
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(name, forKey: .name)
        try container.encode(dtype, forKey: .dtype)
        try container.encode(shape, forKey: .shape)
    }
}
