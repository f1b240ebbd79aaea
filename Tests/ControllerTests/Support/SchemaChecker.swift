import API
import Core
import Foundation

/// Holds JSON against the schemas of the OpenAPI document: as much of JSON Schema as the document uses. A property that
/// the document doesn't know is a flaw too, so that no field is answered with that isn't described.
struct SchemaChecker: Sendable {
    let document: JSONValue

    static let shared: SchemaChecker? = try? SchemaChecker()

    init() throws {
        document = try JSONDecoder().decode(JSONValue.self, from: Data(OpenAPIDocument.bytes))
    }

    /// What the document says of a route.
    func operation(_ route: Route) -> JSONValue? { document["paths"]?[route.path]?[route.method.rawValue] }

    /// What is wrong with an answer.
    func flaws(in body: Data, status: Int, type: String, of route: Route) -> [String] {
        guard let operation = operation(route) else { return ["\(route.path) is not in the document"] }
        guard let response = resolved(operation["responses"]?[String(status)] ?? operation["responses"]?["default"])
        else { return ["\(route.path) has no response \(status)"] }
        let essence = type.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces)
        guard case .object(let contents)? = response["content"] else {
            return body.isEmpty ? [] : ["\(route.path) \(status): has a body, and none is described"]
        }
        guard let content = contents[essence] else { return ["\(route.path) \(status): \(essence) is not described"] }
        guard essence.hasSuffix("json"), let schema = content["schema"] else { return [] }
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: body) else {
            return ["\(route.path) \(status): is not JSON"]
        }
        return flaws(in: value, schema, at: "\(route.method.rawValue) \(route.path) \(status)")
    }

    func flaws(inEvent data: Data, schema name: String) -> [String] {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: data) else { return ["event is not JSON"] }
        return flaws(in: value, .object(["$ref": .string("#/components/schemas/\(name)")]), at: name)
    }

    private func resolved(_ node: JSONValue?) -> JSONValue? {
        guard let node, case .string(let reference)? = node["$ref"] else { return node }
        return reference.dropFirst(2).split(separator: "/").reduce(Optional(document)) { $0?[String($1)] }
    }

    private func flaws(in value: JSONValue, _ schema: JSONValue, at place: String) -> [String] {
        guard let schema = resolved(schema) else { return ["\(place): its schema is not in the document"] }
        if case .array(let choices)? = schema["oneOf"] {
            let fitting = choices.count { flaws(in: value, $0, at: place).isEmpty }
            return fitting == 1 ? [] : ["\(place): fits \(fitting) of the schemas"]
        }
        switch (schema["type"], value) {
        case (.string("object"), .object(let members)): return flaws(in: members, schema, at: place)
        case (.string("array"), .array(let elements)):
            guard let items = schema["items"] else { return ["\(place): the schema says nothing of its items"] }
            return elements.enumerated().flatMap { flaws(in: $1, items, at: "\(place)[\($0)]") }
        case (.string("string"), .string(let text)): return flaws(in: text, schema, at: place)
        case (.string("integer"), .int), (.string("number"), .int), (.string("number"), .double),
            (.string("boolean"), .bool):
            return []
        default: return ["\(place): is not of type \(schema["type"] ?? .null)"]
        }
    }

    private func flaws(in members: [String: JSONValue], _ schema: JSONValue, at place: String) -> [String] {
        var flaws: [String] = []
        if case .array(let required)? = schema["required"] {
            for case .string(let name) in required where members[name] == nil {
                flaws.append("\(place).\(name): is missing")
            }
        }
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            if let known = schema["properties"]?[name] ?? schema["additionalProperties"] {
                flaws += self.flaws(in: member, known, at: "\(place).\(name)")
            } else if schema["properties"] != nil {
                flaws.append("\(place).\(name): is not described")
            }
        }
        return flaws
    }

    private func flaws(in text: String, _ schema: JSONValue, at place: String) -> [String] {
        if case .array(let allowed)? = schema["enum"], !allowed.contains(.string(text)) {
            return ["\(place): \"\(text)\" is none of the values"]
        }
        if case .string(let pattern)? = schema["pattern"], text.range(of: pattern, options: .regularExpression) == nil {
            return ["\(place): \"\(text)\" doesn't match \(pattern)"]
        }
        return []
    }
}
