/// Text in many files of one size, in folders of fifty: half random, so that it shrinks by a quarter and no two files are
/// alike.
struct Tree: Sendable {
    let files: Int
    let bytes: Int

    /// Lines of 64 letters and digits.
    func contents() -> [String: String] {
        var state: UInt64 = 1
        var contents: [String: String] = [:]
        for index in 0..<files {
            contents[path(index)] = String(decoding: text(&state), as: UTF8.self)
        }
        return contents
    }

    /// The file in the middle with another line in its middle, a byte longer than the one before.
    func change(_ contents: [String: String], to number: Int) -> (path: String, text: String) {
        let path = path(files / 2)
        var lines = (contents[path] ?? "").split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        lines[lines.count / 2] += String(number)
        return (path, lines.joined(separator: "\n"))
    }

    func path(_ index: Int) -> String { "data/\(index / 50)/part-\(index).txt" }

    private func text(_ state: inout UInt64) -> [UInt8] {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(bytes)
        while text.count < bytes {
            // A linear congruential generator, as in `makeUpdate`.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var bits = state >> 4
            for _ in 0..<10 {
                text.append(text.count % 65 == 64 ? 10 : letters[Int(bits & 63)])
                bits >>= 6
            }
        }
        text.removeLast(text.count - bytes)
        text[bytes - 1] = 10
        return text
    }
}
