import Foundation

/// Asks a person on a terminal. What isn't answered within three tries, or ends, ends the command.
struct Questions {
    let console: Console
    let read: () -> String?

    init(console: Console, read: @escaping () -> String? = { readLine() }) {
        self.console = console
        self.read = read
    }

    /// One of `choices` by its number, from 1; Enter takes the first. Any other text goes through `other`, which gives nil
    /// for what it can't use, after having said why.
    func choose<Value>(
        _ question: String,
        _ choices: [(text: String, value: Value)],
        other: String,
        _ parse: (String) -> Value?
    ) throws -> Value {
        console.line()
        console.line(Paint.strong(SafeText.line(question), console))
        for (index, choice) in choices.enumerated() { console.line("  \(index + 1)  \(SafeText.line(choice.text))") }
        let prompt = choices.isEmpty ? "\(other): " : "1-\(choices.count), or \(other) [1]: "
        for _ in 0..<3 {
            console.out(prompt)
            let answer = try answer()
            if answer.isEmpty, let first = choices.first { return first.value }
            if let number = Int(answer) {
                if choices.indices.contains(number - 1) { return choices[number - 1].value }
                console.line("there is no \(number)")
            } else if !answer.isEmpty, let value = parse(answer) {
                return value
            }
        }
        throw CommandFailure("no usable answer; nothing was written")
    }

    /// A text; Enter takes `usual`.
    func text(_ question: String, usual: String, _ isValid: (String) -> Bool, rule: String) throws -> String {
        for _ in 0..<3 {
            console.out("\(SafeText.line(question)) [\(usual)]: ")
            let answer = try answer()
            if answer.isEmpty { return usual }
            if isValid(answer) { return answer }
            console.line(rule)
        }
        throw CommandFailure("no usable answer; nothing was written")
    }

    private func answer() throws -> String {
        guard let line = read() else { throw CommandFailure("the input ended; nothing was written") }
        return line.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
