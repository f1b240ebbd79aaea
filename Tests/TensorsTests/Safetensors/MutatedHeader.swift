import Foundation
import Tensors

/// A header made from a seed: right at first, then spoilt in zero to three places. Data and claimed length with it.
struct MutatedHeader {
    let header: [UInt8]
    let length: UInt64?
    let data: [UInt8]

    private static let tokens = [
        "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0000", "\\ud800", "null", "true", "-1", "0", "1.5", "1e9", "00",
        "9223372036854775807", "9223372036854775808", "99999999999999999999999", "\"dtype\":\"F32\",", "\"shape\":[],",
        "\"data_offsets\":[0,0],", "\"__metadata__\":{},", "\"F4\"", "\u{0}", "\u{7F}", " ", "\n", "é",
    ]

    init(seed: UInt64) {
        var random = RandomBytes(seed: seed)
        var begin = 0
        var members: [String] = []
        for index in 0..<Int.random(in: 0...4, using: &random) {
            let dtype = DType.allCases.randomElement(using: &random) ?? .f32
            let shape = (0..<Int.random(in: 0...3, using: &random)).map { _ in Int.random(in: 0...3, using: &random) }
            let end = begin + shape.reduce(dtype.size, *)
            let numbers = shape.map(String.init).joined(separator: ",")
            members.append(
                "\"t\(index)\":{\"dtype\":\"\(dtype.rawValue)\",\"shape\":[\(numbers)],\"data_offsets\":[\(begin),\(end)]}"
            )
            begin = end
        }
        if Bool.random(using: &random) { members.append("\"__metadata__\":{\"a\":\"b\"}") }
        members.shuffle(using: &random)
        var text = Array("{\(members.joined(separator: ","))}".utf8)
        for _ in 0..<Int.random(in: 0...3, using: &random) { Self.spoil(&text, &random) }
        header = text
        length = Int.random(in: 0..<20, using: &random) == 0 ? UInt64.random(in: 0...UInt64.max, using: &random) : nil
        let wrong = Int.random(in: 0..<20, using: &random) == 0
        data = (0..<(wrong ? Int.random(in: 0...64, using: &random) : begin)).map { UInt8(truncatingIfNeeded: $0) & 1 }
    }

    private static func spoil(_ text: inout [UInt8], _ random: inout RandomBytes) {
        let place = text.isEmpty ? 0 : Int.random(in: 0..<text.count, using: &random)
        let stop = min(text.count, place + Int.random(in: 1...8, using: &random))
        switch Int.random(in: 0..<5, using: &random) {
        case 0 where place < text.count: text[place] = UInt8.random(in: 0...255, using: &random)
        case 1: text.removeSubrange(place..<stop)
        case 2: text.insert(contentsOf: text[place..<stop], at: place)
        case 3: text.removeSubrange(place...)
        default: text.insert(contentsOf: (tokens.randomElement(using: &random) ?? "").utf8, at: place)
        }
    }
}
