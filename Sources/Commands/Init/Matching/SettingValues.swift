import Core

/// Where the project says what a parameter is to be: those who call the function, its command line, its constants, its
/// configuration.
struct SettingValues {
    struct Found: Equatable {
        var value: JSONValue
        /// Such as `train.py:40`; nil for what people usually take.
        var place: String?
    }

    let facts: ProjectFacts
    /// Of a configuration that a recogniser read.
    let configured: [String: (value: JSONValue, place: String)]

    func value(of name: String, for candidate: StageCandidate) -> Found? {
        if let call = argument(of: name, for: candidate), call.argument.hasValue {
            return Found(value: call.argument.value, place: call.place)
        }
        // `train(model, loader, args.rate)` says that the option `rate` is meant.
        let names = [name, argument(of: name, for: candidate)?.argument.name].compactMap { $0 }
        for name in names {
            if let found = named(name) { return found }
        }
        return StageWords.usual[name.lowercased()].map { Found(value: $0, place: nil) }
    }

    private func named(_ name: String) -> Found? {
        let plain = StageWords.words(name).joined()
        for (key, found) in configured.sorted(by: { $0.key < $1.key })
        where StageWords.words(key.replacing("-", with: "_")).joined() == plain {
            return Found(value: found.value, place: found.place)
        }
        for module in facts.own {
            for option in module.options where option.hasValue && option.value != .null {
                if StageWords.words(option.name).joined() == plain {
                    return Found(value: option.value, place: "\(module.file):\(option.line)")
                }
            }
        }
        for module in facts.own {
            for constant in module.constants where constant.name == constant.name.uppercased() {
                if constant.name.lowercased().filter({ $0 != "_" }) == plain {
                    return Found(value: constant.value, place: "\(module.file):\(constant.line)")
                }
            }
        }
        return nil
    }

    /// What those who call the function, or the constructor of a method's class, hand in for the parameter, the first of
    /// them first.
    func argument(of name: String, for candidate: StageCandidate) -> (argument: PythonCall.Argument, place: String)? {
        guard case .call(let call) = candidate.kind else { return nil }
        var path = call.function.split(separator: ".")
        let position: Int
        if let index = candidate.parameters.firstIndex(where: { $0.name == name }) {
            position = index
        } else if let index = candidate.owner.firstIndex(where: { $0.name == name }), path.count > 1 {
            // Those who make the object that the method is of.
            path.removeLast()
            position = index
        } else {
            return nil
        }
        let whole = "\(call.module).\(path.joined(separator: "."))"
        for module in facts.own {
            for made in module.calls where made.name == whole {
                let positional = made.arguments.filter { $0.keyword == nil }
                let argument =
                    made.arguments.first { $0.keyword == name }
                    ?? (positional.indices.contains(position) ? positional[position] : nil)
                if let argument { return (argument, "\(module.file):\(made.line)") }
            }
        }
        return nil
    }
}
