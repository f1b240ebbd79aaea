import Core

/// What a project's files say, read by the Python files beside this one without running any of the project.
struct ProjectFacts: Decodable {
    struct Skipped: Decodable {
        var file: String
        var line: Int?
        var why: String
    }

    /// What pyproject.toml says; nil without one, or where this Python can't read it (before 3.11).
    struct Package: Decodable {
        struct Flower: Decodable {
            var isApp: Bool
            var server: String?
            var client: String?
            var config: [String: JSONValue]
        }

        var name: String?
        var python: String?
        var dependencies: [String]
        var flower: Flower
    }

    /// The minor version of the Python that read them.
    var python: String
    /// Modules of Python's own library, as far as that Python tells.
    var standard: Set<String>
    /// Folders below the root that imports start from, such as `src`.
    var sources: [String]
    var modules: [PythonModule]
    /// Other files, near the root.
    var files: [String]
    var executables: [String]
    /// Of the executables, the long options that their texts speak of.
    var options: [String: [String]]
    var project: Package?
    /// Numbers at the top of `conf/config.yaml`.
    var numbers: [PythonModule.Constant]
    var skipped: [Skipped]
    /// Files looked at, Python or not.
    var seen: Int
    /// `time` or `files` where not all of the project was read.
    var cut: String?
}

/// One file of Python.
struct PythonModule: Decodable {
    struct Import: Decodable {
        var module: String
        var line: Int
    }

    struct Constant: Decodable {
        var name: String
        var value: JSONValue
        var line: Int
    }

    /// An option of a command line, by the name of the variable that it sets.
    struct Option: Decodable {
        var name: String
        var value: JSONValue
        var hasValue: Bool
        var line: Int
    }

    var file: String
    var module: String
    var isMinor: Bool
    var imports: [Import]
    /// Local name to whole name.
    var names: [String: String]
    var functions: [PythonFunction]
    var classes: [PythonClass]
    var constants: [Constant]
    var options: [Option]
    var calls: [PythonCall]

    /// Whether it imports `package` or something of it.
    func imports(_ package: String) -> Bool {
        imports.contains { $0.module == package || $0.module.hasPrefix(package + ".") }
    }

    func whole(_ name: String) -> String { module.isEmpty ? name : "\(module).\(name)" }
}

struct PythonParameter: Decodable {
    var name: String
    var required: Bool
    var `default`: JSONValue
    /// Whether the default is a literal.
    var hasConstant: Bool
    var annotation: String?
    /// What the body does with it: `.fit`, `()`, `[]`, `for`, and `tqdm()` where it is handed on.
    var uses: Set<String>
}

struct PythonFunction: Decodable {
    struct Element: Decodable {
        var name: String?
        var call: String?
    }

    struct Returns: Decodable {
        /// `nothing`, `single`, `tuple`, `dictionary`, `function` (one defined inside) or `generator`.
        var kind: String
        var elements: [Element]
        /// Name to path, where all returns agree.
        var names: [String: [String]]
    }

    /// `function`, or `Class.method`.
    var name: String
    var line: Int
    var decorators: [String]
    var parameters: [PythonParameter]
    var takesAny: Bool
    /// Whole names of what it calls; `.name` for a method of something that isn't known.
    var calls: Set<String>
    /// Names by which it hands arguments to what it calls.
    var keywords: Set<String>
    var returns: Returns
    var inner: [String]

    var shortName: String { name.split(separator: ".").last.map(String.init) ?? name }
}

struct PythonClass: Decodable {
    var name: String
    var line: Int
    var bases: [String]
    var parameters: [PythonParameter]
    var takesAny: Bool
    var hasInit: Bool
    var methods: [PythonFunction]
}

/// A call whose result is kept, returned or dropped.
struct PythonCall: Decodable {
    struct Argument: Decodable {
        var keyword: String?
        /// The variable that is handed in, or the last part of `args.lr`.
        var name: String?
        var hasValue: Bool
        var value: JSONValue
        var call: String?
    }

    var name: String
    var line: Int
    /// The function that it is in; nil for the module itself.
    var within: String?
    /// Variables that the result goes to, and the positions that lead to them in it.
    var targets: [String: [String]]
    var isReturned: Bool
    var arguments: [Argument]
}

extension ProjectFacts {
    /// Files of the project's own work, without tests and documentation.
    var own: [PythonModule] { modules.filter { !$0.isMinor } }

    func module(_ name: String) -> PythonModule? { modules.first { $0.module == name } }

    /// The class of that whole name, and its module.
    func type(_ whole: String) -> (module: PythonModule, type: PythonClass)? {
        for module in modules {
            if let found = module.classes.first(where: { module.whole($0.name) == whole }) { return (module, found) }
        }
        return nil
    }

    /// Whether a class has one of `bases` above it, through classes of the project too.
    func descends(_ type: PythonClass, from bases: Set<String>, depth: Int = 0) -> Bool {
        type.bases.contains { base in
            if bases.contains(base) { return true }
            guard depth < 8, let parent = self.type(base) else { return false }
            return descends(parent.type, from: bases, depth: depth + 1)
        }
    }

    func usesPackage(_ package: String) -> Bool { own.contains { $0.imports(package) } }

    /// What an entry point stands for, and its module.
    func function(_ call: EntryPoint) -> (module: PythonModule, function: PythonFunction)? {
        guard let module = module(call.module) else { return nil }
        let functions = module.functions + module.classes.flatMap(\.methods)
        return functions.first { $0.name == call.function }.map { (module, $0) }
    }
}
