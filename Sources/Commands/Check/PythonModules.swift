import Foundation

/// Finds modules from a folder as Python does when the folder is first on its path, and reads each once.
struct PythonModules {
    enum Search {
        case module(PythonSource)
        /// Nothing in the folder has the name of its first part.
        case elsewhere
        case missing(file: String)
        case unreadable(file: String)
    }

    private static let longest = 4 << 20

    let folder: URL
    /// Folder that imports look in before, relative to that one.
    private let path: String?
    private var known: [String: PythonSource] = [:]

    init(folder: URL, path: String? = nil) {
        self.folder = folder
        self.path = path
    }

    mutating func find(_ module: String) -> Search {
        if let path {
            let found = find(module, below: path + "/")
            if case .elsewhere = found {} else { return found }
        }
        return find(module, below: "")
    }

    private mutating func find(_ module: String, below start: String) -> Search {
        let parts = module.split(separator: ".").map(String.init)
        let path = start + parts.joined(separator: "/")
        guard let top = parts.first, exists("\(start)\(top).py") || exists(start + top) else { return .elsewhere }
        // A package wins over a module of the same name.
        guard let file = ["\(path)/__init__.py", "\(path).py"].first(where: exists) else {
            return .missing(file: "\(path).py")
        }
        if let source = known[file] { return .module(source) }
        guard let data = try? Data(contentsOf: folder.appending(path: file)), data.count <= Self.longest,
            let text = String(validating: data, as: UTF8.self)
        else { return .unreadable(file: file) }
        let source = PythonSource(text, file: file)
        known[file] = source
        return .module(source)
    }

    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.appending(path: path).path)
    }
}
