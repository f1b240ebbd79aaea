/// Reads the few shapes of JSON that a safetensors header is made of, byte by byte.
///
/// It is no parser of JSON at large: what it can't be asked for (nesting, floating-point numbers, literals) it refuses,
/// so that neither depth nor size of the input costs more than the header's own length.
struct HeaderScanner {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    func error(_ text: String) -> TensorError {
        TensorError(.invalid, "the safetensors header is wrong at byte \(position): \(text)")
    }

    mutating func skipWhitespace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    /// Takes `character` when it comes next, after whitespace.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipWhitespace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ character: Unicode.Scalar, _ place: String) throws(TensorError) {
        guard take(character) else {
            throw error("'\(character)' is wanted \(place), \(found)")
        }
    }

    private var found: String {
        guard position < bytes.count else { return "but the header ends" }
        let byte = bytes[position]
        return (0x21...0x7E).contains(byte)
            ? "but '\(Unicode.Scalar(byte))' is there" : "but the byte \(byte) is there"
    }

    /// A whole number from zero up, as JSON spells it: no sign, fraction, exponent or leading zero.
    mutating func integer(_ what: String) throws(TensorError) -> Int {
        skipWhitespace()
        let start = position
        var value = 0
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            let (tens, first) = value.multipliedReportingOverflow(by: 10)
            let (sum, second) = tens.addingReportingOverflow(Int(bytes[position] - 0x30))
            guard !first, !second else { throw error("\(what) is more than 63 bits hold") }
            value = sum
            position += 1
        }
        guard position > start else { throw error("\(what) must be a whole number from zero up, \(found)") }
        guard bytes[start] != 0x30 || position == start + 1 else { throw error("\(what) has a leading zero") }
        if position < bytes.count, [0x2E, 0x45, 0x65].contains(bytes[position]) {
            throw error("\(what) must be a whole number")
        }
        return value
    }

    /// A string of at most `limit` bytes of UTF-8.
    mutating func string(_ what: String, limit: Int) throws(TensorError) -> String {
        try expect("\"", "before \(what)")
        var text: [UInt8] = []
        while true {
            guard position < bytes.count else { throw error("\(what) has no end") }
            let byte = bytes[position]
            guard byte >= 0x20 else { throw error("\(what) holds the control character \(byte)") }
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            if byte == UInt8(ascii: "\\") {
                text.append(contentsOf: try escape(what).utf8)
            } else {
                text.append(byte)
            }
            guard text.count <= limit else { throw error("\(what) is longer than \(limit) bytes") }
        }
        guard let string = String(validating: text, as: UTF8.self) else { throw error("\(what) isn't UTF-8") }
        return string
    }

    private mutating func escape(_ what: String) throws(TensorError) -> String {
        guard position < bytes.count else { throw error("\(what) has no end") }
        let byte = bytes[position]
        position += 1
        switch Unicode.Scalar(byte) {
        case "\"": return "\""
        case "\\": return "\\"
        case "/": return "/"
        case "b": return "\u{8}"
        case "f": return "\u{C}"
        case "n": return "\n"
        case "r": return "\r"
        case "t": return "\t"
        case "u": return String(try codePoint(what))
        default: throw error("\(what) holds an escape that JSON doesn't have")
        }
    }

    /// What stands after `\u`: one unit of UTF-16, or a pair of surrogates.
    private mutating func codePoint(_ what: String) throws(TensorError) -> Unicode.Scalar {
        let first = try hexadecimal(what)
        if let scalar = Unicode.Scalar(first) { return scalar }
        let lone = error("\(what) holds half of a surrogate pair")
        guard first < 0xDC00, position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw lone }
        position += 2
        let second = try hexadecimal(what)
        guard (0xDC00...0xDFFF).contains(second) else { throw lone }
        let code = 0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00)
        guard let scalar = Unicode.Scalar(code) else { throw lone }
        return scalar
    }

    private mutating func hexadecimal(_ what: String) throws(TensorError) -> UInt16 {
        guard position + 4 <= bytes.count else { throw error("\(what) has no end") }
        var value: UInt16 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw error("\(what) holds an escape without its four hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
        }
        position += 4
        return value
    }
}
