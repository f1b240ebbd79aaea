import API

/// Which methods the API has at a path.
enum RoutePattern {
    /// In upper case and sorted; empty where no route has this path.
    static func methods(at path: String) -> [String] {
        let parts = path.split(separator: "/")
        return Route.all.filter { matches($0.path.split(separator: "/"), parts) }
            .map { $0.method.rawValue.uppercased() }.sorted()
    }

    private static func matches(_ pattern: [Substring], _ parts: [Substring]) -> Bool {
        pattern.count == parts.count && zip(pattern, parts).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
    }
}
