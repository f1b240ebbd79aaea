/// Writes the header that `SafetensorsHeader` reads.
enum HeaderEncoder {
    /// The eight bytes of the length and the JSON, padded by spaces so that the data begins at a multiple of 8.
    ///
    /// The bytes are the same for equal input: metadata is sorted by key.
    static func encode(_ specs: [TensorSpec], metadata: [String: String]) throws(TensorError) -> [UInt8] {
        var names: Set<String> = []
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key < $1.key }.map { "\(literal($0.key)):\(literal($0.value))" }
            members.append("\(literal(SafetensorsHeader.metadataKey)):{\(pairs.joined(separator: ","))}")
        }
        var begin = 0
        for spec in specs {
            guard spec.name != SafetensorsHeader.metadataKey, names.insert(spec.name).inserted else {
                throw TensorError(.invalid, "tensor \(quoted(spec.name)) can't be written: its name is taken")
            }
            let (end, overflow) = begin.addingReportingOverflow(spec.byteCount)
            guard !overflow else { throw TensorError(.invalid, "the tensors' bytes overflow 64 bits") }
            let shape = spec.shape.map(String.init).joined(separator: ",")
            members.append(
                "\(literal(spec.name)):{\"dtype\":\"\(spec.dtype.rawValue)\",\"shape\":[\(shape)],"
                    + "\"data_offsets\":[\(begin),\(end)]}"
            )
            begin = end
        }
        var json = Array("{\(members.joined(separator: ","))}".utf8)
        json.append(contentsOf: repeatElement(UInt8(ascii: " "), count: (8 - json.count % 8) % 8))
        return withUnsafeBytes(of: UInt64(json.count).littleEndian, Array.init) + json
    }

    private static func literal(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\u{0}"..<" ":
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
