/// The header of a safetensors file: what tensors there are, and where.
///
/// Format: https://huggingface.co/docs/safetensors, with the rules that its reference implementation checks and some
/// that it doesn't: each key once, no unknown keys, no more of anything than the limits allow.
struct SafetensorsHeader {
    /// In the order of their bytes, which follow each other without hole or overlap.
    let specs: [TensorSpec]
    let metadata: [String: String]

    /// The key that can't be a tensor's name.
    static let metadataKey = "__metadata__"

    /// - Parameters:
    ///   - json: The header's bytes, without the eight that hold its length.
    ///   - dataBytes: How many bytes follow the header in the file.
    init(parsing json: [UInt8], dataBytes: Int, limits: SafetensorsLimits) throws(TensorError) {
        guard json.first == UInt8(ascii: "{") else {
            throw TensorError(.invalid, "the safetensors header doesn't begin with '{'")
        }
        var parser = HeaderParser(json, limits)
        try parser.parse()
        var end = 0
        var specs: [TensorSpec] = []
        specs.reserveCapacity(parser.entries.count)
        // Sorting is stable: tensors without elements keep the header's order among those of their place.
        for entry in parser.entries.sorted(by: { ($0.begin, $0.end) < ($1.begin, $1.end) }) {
            let name = quoted(entry.spec.name)
            guard entry.begin == end, entry.end >= entry.begin else {
                throw TensorError(
                    .invalid,
                    "tensor \(name) has the bytes \(entry.begin) to \(entry.end), but must begin where the one before it "
                        + "ends, at \(end)"
                )
            }
            guard entry.end - entry.begin == entry.spec.byteCount else {
                throw TensorError(
                    .invalid,
                    "tensor \(name), \(entry.spec), needs \(entry.spec.byteCount) bytes, the header gives it "
                        + "\(entry.end - entry.begin)"
                )
            }
            end = entry.end
            specs.append(entry.spec)
        }
        guard end == dataBytes else {
            throw TensorError(
                .invalid,
                "the safetensors header tells of \(end) bytes of data, the file has \(dataBytes): it was cut or appended to"
            )
        }
        self.specs = specs
        self.metadata = parser.metadata ?? [:]
    }
}

/// Walks the header's grammar.
private struct HeaderParser {
    struct Entry {
        let spec: TensorSpec
        let begin: Int
        let end: Int
    }

    private var scanner: HeaderScanner
    private let limits: SafetensorsLimits
    private var names: Set<String> = []
    private(set) var entries: [Entry] = []
    private(set) var metadata: [String: String]?

    init(_ json: [UInt8], _ limits: SafetensorsLimits) {
        scanner = HeaderScanner(json)
        self.limits = limits
    }

    mutating func parse() throws(TensorError) {
        try scanner.expect("{", "at the start")
        if !scanner.take("}") {
            repeat {
                let name = try scanner.string("a tensor's name", limit: limits.maxNameBytes)
                try scanner.expect(":", "after \(quoted(name))")
                if name == SafetensorsHeader.metadataKey {
                    try parseMetadata()
                } else {
                    try parseTensor(name)
                }
            } while scanner.take(",")
            try scanner.expect("}", "after the last tensor")
        }
        scanner.skipWhitespace()
        guard scanner.isAtEnd else { throw scanner.error("something follows the closing '}'") }
    }

    private mutating func parseMetadata() throws(TensorError) {
        guard metadata == nil else { throw scanner.error("\(SafetensorsHeader.metadataKey) is there twice") }
        var pairs: [String: String] = [:]
        try scanner.expect("{", "as the value of \(SafetensorsHeader.metadataKey)")
        if !scanner.take("}") {
            repeat {
                let key = try scanner.string("a key of the metadata", limit: limits.maxNameBytes)
                try scanner.expect(":", "after \(quoted(key))")
                let value = try scanner.string("the metadata's \(quoted(key))", limit: limits.maxHeaderBytes)
                guard pairs.updateValue(value, forKey: key) == nil else {
                    throw scanner.error("the metadata has \(quoted(key)) twice")
                }
            } while scanner.take(",")
            try scanner.expect("}", "after the last of the metadata")
        }
        metadata = pairs
    }

    private mutating func parseTensor(_ name: String) throws(TensorError) {
        guard names.insert(name).inserted else { throw scanner.error("tensor \(quoted(name)) is there twice") }
        guard names.count <= limits.maxTensors else {
            throw TensorError(.tooLarge, "the file has more than \(limits.maxTensors) tensors")
        }
        var dtype: DType?
        var shape: [Int]?
        var offsets: [Int]?
        try scanner.expect("{", "as the value of \(quoted(name))")
        repeat {
            let key = try scanner.string("a key of \(quoted(name))", limit: limits.maxNameBytes)
            try scanner.expect(":", "after \(quoted(key))")
            switch key {
            case "dtype" where dtype == nil: dtype = try parseDType(of: name)
            case "shape" where shape == nil: shape = try integers("shape", of: name, atMost: limits.maxRank)
            case "data_offsets" where offsets == nil: offsets = try integers("data_offsets", of: name, atMost: 2)
            case "dtype", "shape", "data_offsets":
                throw scanner.error("tensor \(quoted(name)) has \(key) twice")
            default:
                throw scanner.error(
                    "tensor \(quoted(name)) has the unknown key \(quoted(key)); there are dtype, shape and data_offsets"
                )
            }
        } while scanner.take(",")
        try scanner.expect("}", "after the last key of \(quoted(name))")
        guard let dtype, let shape, let offsets, offsets.count == 2 else {
            throw scanner.error("tensor \(quoted(name)) needs dtype, shape and two data_offsets")
        }
        let spec = try TensorSpec(name: name, dtype: dtype, shape: shape)
        entries.append(Entry(spec: spec, begin: offsets[0], end: offsets[1]))
    }

    private mutating func parseDType(of name: String) throws(TensorError) -> DType {
        let text = try scanner.string("the dtype of \(quoted(name))", limit: limits.maxNameBytes)
        guard let dtype = DType(rawValue: text) else {
            let known = DType.allCases.map(\.rawValue).joined(separator: ", ")
            throw scanner.error("tensor \(quoted(name)) has the dtype \(quoted(text)); read are \(known)")
        }
        return dtype
    }

    private mutating func integers(
        _ key: String,
        of name: String,
        atMost limit: Int
    ) throws(TensorError) -> [Int] {
        try scanner.expect("[", "before the \(key) of \(quoted(name))")
        var values: [Int] = []
        if scanner.take("]") { return values }
        repeat {
            guard values.count < limit else {
                throw scanner.error("the \(key) of \(quoted(name)) has more than \(limit) numbers")
            }
            values.append(try scanner.integer("the \(key) of \(quoted(name))"))
        } while scanner.take(",")
        try scanner.expect("]", "after the \(key) of \(quoted(name))")
        return values
    }
}
