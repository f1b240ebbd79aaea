import Core
import Foundation

/// The part of JSON Schema's draft 2020-12 that `fedops.schema.json` uses. A keyword that it doesn't know is an error,
/// so that no rule of the schema goes unchecked.
struct JSONSchemaValidator {
    struct UnknownKeyword: Error { let keyword: String }

    let root: JSONValue

    /// Where and why `value` isn't valid; empty where it is.
    func flaws(of value: JSONValue) throws -> [String] { try flaws(of: value, by: root, at: "") }

    private func flaws(of value: JSONValue, by schema: JSONValue, at path: String) throws -> [String] {
        guard case .object(let keywords) = schema else {
            return schema == .bool(false) ? ["\(path): nothing is valid"] : []
        }
        return try keywords.sorted { $0.key < $1.key }.flatMap { keyword, rule in
            try flaws(of: value, keyword, rule, among: keywords, at: path)
        }
    }

    private func flaws(
        of value: JSONValue,
        _ keyword: String,
        _ rule: JSONValue,
        among keywords: [String: JSONValue],
        at path: String
    ) throws -> [String] {
        func check(_ isValid: Bool) -> [String] { isValid ? [] : ["\(path): \(keyword)"] }
        func isValid(by schema: JSONValue) throws -> Bool { try flaws(of: value, by: schema, at: path).isEmpty }
        switch (keyword, rule, value) {
        case ("$schema", _, _), ("title", _, _), ("description", _, _), ("default", _, _), ("$defs", _, _): return []
        case ("$ref", .string(let pointer), _): return try flaws(of: value, by: try resolve(pointer), at: path)
        case ("type", .string(let type), _): return check(type.matches(value))
        case ("type", .array(let types), _):
            return check(types.contains { if case .string(let type) = $0 { type.matches(value) } else { false } })
        case ("enum", .array(let values), _): return check(values.contains(value))
        case ("anyOf", .array(let schemas), _): return check(try schemas.contains { try isValid(by: $0) })
        case ("oneOf", .array(let schemas), _): return check(try schemas.filter { try isValid(by: $0) }.count == 1)
        case ("not", _, _): return check(try !isValid(by: rule))
        case ("pattern", .string(let pattern), .string(let text)):
            return check(try Regex(pattern).firstMatch(in: text) != nil)
        case ("minLength", .int(let length), .string(let text)): return check(text.unicodeScalars.count >= length)
        case ("maxLength", .int(let length), .string(let text)): return check(text.unicodeScalars.count <= length)
        case ("const", _, _): return check(value == rule)
        case ("minimum", _, _), ("maximum", _, _), ("exclusiveMinimum", _, _), ("exclusiveMaximum", _, _):
            guard let limit = rule.number, let number = value.number else { return [] }
            return check(Self.compare(keyword, number, limit))
        case ("minItems", .int(let count), .array(let items)): return check(items.count >= count)
        case ("maxItems", .int(let count), .array(let items)): return check(items.count <= count)
        case ("items", _, .array(let items)):
            return try items.enumerated().flatMap { try flaws(of: $1, by: rule, at: "\(path)[\($0)]") }
        case ("required", .array(let keys), .object(let members)):
            return keys.filter { if case .string(let key) = $0 { members[key] == nil } else { true } }
                .map { "\(path): \($0) is missing" }
        case ("properties", .object(let schemas), .object(let members)):
            return try schemas.flatMap { key, schema in
                try members[key].map { try flaws(of: $0, by: schema, at: "\(path).\(key)") } ?? []
            }
        case ("propertyNames", _, .object(let members)):
            return try members.keys.flatMap { try flaws(of: .string($0), by: rule, at: "\(path).\($0)") }
        case ("additionalProperties", _, .object(let members)):
            let known: [String: JSONValue] =
                if case .object(let schemas)? = keywords["properties"] { schemas } else { [:] }
            return try members.filter { known[$0.key] == nil }.flatMap {
                try flaws(of: $0.value, by: rule, at: "\(path).\($0.key)")
            }
        case ("pattern", _, _), ("minLength", _, _), ("maxLength", _, _), ("minItems", _, _), ("maxItems", _, _),
            ("items", _, _), ("required", _, _),
            ("properties", _, _), ("propertyNames", _, _), ("additionalProperties", _, _):
            return []
        default: throw UnknownKeyword(keyword: keyword)
        }
    }

    private static func compare(_ keyword: String, _ number: Double, _ limit: Double) -> Bool {
        switch keyword {
        case "minimum": number >= limit
        case "maximum": number <= limit
        case "exclusiveMinimum": number > limit
        default: number < limit
        }
    }

    func resolve(_ pointer: String) throws -> JSONValue {
        var here = root
        for step in pointer.split(separator: "/").dropFirst() {
            guard let next = here[String(step)] else { throw UnknownKeyword(keyword: pointer) }
            here = next
        }
        return here
    }
}

extension String {
    fileprivate func matches(_ value: JSONValue) -> Bool {
        switch (self, value) {
        case ("null", .null), ("boolean", .bool), ("integer", .int), ("number", .int), ("number", .double),
            ("string", .string), ("array", .array), ("object", .object):
            true
        default: false
        }
    }
}
