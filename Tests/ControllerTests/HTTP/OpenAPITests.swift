import API
import Core
import Foundation
import TestSupport
import Testing

@testable import Controller

@Suite struct OpenAPITests {
    private static let methods: Set<String> = ["get", "put", "post", "delete", "options", "head", "patch", "trace"]

    @Test("the document has exactly the routes of the API")
    func routes() throws {
        let checker = try SchemaChecker()
        guard case .object(let paths)? = checker.document["paths"] else {
            Issue.record("no paths")
            return
        }
        var found: Set<String> = []
        for (path, item) in paths {
            guard case .object(let operations) = item else { continue }
            for method in operations.keys where Self.methods.contains(method) { found.insert("\(method) \(path)") }
        }
        #expect(found == Set(Route.all.map { "\($0.method.rawValue) \($0.path)" }))
        #expect(Set(Route.all).count == Route.all.count)
    }

    @Test("each operation says who may call it, and names its path's parameters")
    func operations() throws {
        let checker = try SchemaChecker()
        for route in Route.all {
            let operation = try #require(checker.operation(route))
            let schemes: [JSONValue] =
                switch route.access {
                case .anyone: []
                case .node: [.object(["node": .array([])])]
                case .operator: [.object(["operator": .array([])])]
                case .nodeOrOperator: [.object(["node": .array([])]), .object(["operator": .array([])])]
                }
            #expect(operation["security"] == .array(schemes), "\(route.path)")
            var inPath: [String] = []
            if case .array(let parameters)? = operation["parameters"] {
                for parameter in parameters where parameter["in"] == .string("path") {
                    if case .string(let name)? = parameter["name"] { inPath.append("{\(name)}") }
                }
            }
            #expect(inPath == route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map(String.init))
        }
    }

    @Test("every reference leads somewhere, and every schema is used")
    func references() throws {
        let text = String(decoding: OpenAPIDocument.bytes, as: UTF8.self)
        let checker = try SchemaChecker()
        let pattern = /"#\/components\/schemas\/([A-Za-z]+)"/
        let used = Set(text.matches(of: pattern).map { String($0.1) })
        guard case .object(let schemas)? = checker.document["components"]?["schemas"] else {
            Issue.record("no schemas")
            return
        }
        #expect(used == Set(schemas.keys))
    }

    @Test("the running router has exactly the routes of the API, and answers on each")
    func router() async throws {
        try await withFixture { fixture in
            let controller = try await TestController.start(fixture)
            for route in Route.all where route.access != .anyone {
                let values = route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { _ in "none" }
                let answer = try await TestClient(url: controller.url).exchange(route, values)
                #expect(answer.status == 401, "\(route.path)")
            }
            let served = try await TestClient(url: controller.url).send(.openAPI)
            #expect(served.body == Data(OpenAPIDocument.bytes))
        }
    }
}
