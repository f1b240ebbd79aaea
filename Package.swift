// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "FedOps",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "fedops", targets: ["fedops"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-protobuf", from: "1.39.0", traits: []),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/onevcat/Rainbow", from: "4.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        .executableTarget(
            name: "fedops",
            dependencies: [
                "Commands", "Controller", "Manager", "Simulation", "Git", "Core", "FlowRunner", .argumentParser, .log,
                .lifecycle, .unixSignals,
            ]
        ),
        .target(
            name: "Commands",
            dependencies: [
                "ControllerClient", "Artifacts", "API", "Core", .argumentParser, .rainbow, .subprocess,
            ],
            resources: [.embedInCode("Init/Python")]
        ),
        .target(
            name: "Controller",
            dependencies: [
                "Store", "Git", "Artifacts", "API", "Core", .hummingbird, .log, .lifecycle, .crypto, .subprocess, .nio,
            ]
        ),
        .target(
            name: "Manager",
            dependencies: [
                "ControllerClient", "Artifacts", "FlowRunner", "Engines", "API", "Core", .asyncHTTPClient, .log,
                .lifecycle,
            ]
        ),
        .target(
            name: "Simulation",
            dependencies: ["Engines", "FlowRunner", "Artifacts", "Core", .asyncHTTPClient, .log, .nio]
        ),
        .target(
            name: "Engines",
            dependencies: [
                "Aggregation", "Tensors", "FlowRunner", "Artifacts", "Core", .hummingbird, .hummingbirdCore, .httpTypes,
                .nioHTTPTypes, .asyncHTTPClient, .log, .nio, .nioHTTP1, .lifecycle, .crypto, .subprocess, .protobuf,
            ],
            exclude: ["Flower/Generated/flower.proto"],
            resources: [.embedInCode("Flower/Python"), .embedInCode("Tracking/Python")]
        ),
        .target(
            name: "FlowRunner",
            dependencies: ["Tensors", "Core", .subprocess, .log],
            resources: [.embedInCode("Python")]
        ),
        .target(name: "Aggregation", dependencies: ["Tensors"]),
        .target(name: "Tensors"),
        .target(name: "Artifacts", dependencies: ["Core", .crypto, .subprocess]),
        .target(name: "Store", dependencies: ["Core", .grdb]),
        .target(name: "ControllerClient", dependencies: ["API", "Core", .asyncHTTPClient, .nio, .nioPosix, .nioHTTP1]),
        .target(name: "API", dependencies: ["Core"], resources: [.embedInCode("openapi.json")]),
        .target(name: "Git", dependencies: ["Clibgit2", .subprocess]),
        .target(name: "Core", dependencies: [.yams]),
        .systemLibrary(name: "Clibgit2", pkgConfig: "libgit2", providers: [.apt(["libgit2-dev"])]),

        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "Commands", "ControllerClient", "API", "Core", "Aggregation", "Tensors", "Git", "TestSupport",
                .argumentParser, .unixSignals,
            ],
            resources: [.embedInCode("Engines/App")]
        ),
        .target(
            name: "TestSupport",
            dependencies: [.subprocess],
            path: "Tests/TestSupport",
            resources: [.embedInCode("Git/http_server.py")]
        ),
        .testTarget(name: "CoreTests", dependencies: ["Core"], exclude: ["Flow/Mistakes"]),
        .testTarget(name: "GitTests", dependencies: ["Git", "TestSupport", "fedops"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors", "TestSupport"]),
        .testTarget(name: "AggregationTests", dependencies: ["Aggregation", "Tensors", "TestSupport"]),
        .testTarget(name: "ArtifactsTests", dependencies: ["Artifacts", "Core", "TestSupport"]),
        .testTarget(
            name: "StoreTests",
            dependencies: ["Store", "Core", "TestSupport", .grdb],
            exclude: ["Golden"]
        ),
        .testTarget(
            name: "FlowRunnerTests",
            dependencies: ["FlowRunner", "Aggregation", "Tensors", "Core", "TestSupport"],
            exclude: ["Projects"]
        ),
        .testTarget(
            name: "EnginesTests",
            dependencies: [
                "Engines", "Aggregation", "Artifacts", "FlowRunner", "Tensors", "Core", "TestSupport", .asyncHTTPClient,
                .log, .nio, .nioHTTP1, .protobuf,
            ]
        ),
        .testTarget(
            name: "SimulationTests",
            dependencies: ["fedops", "Simulation", "FlowRunner", "Artifacts", "Core", "TestSupport", .log]
        ),
        .testTarget(
            name: "ControllerTests",
            dependencies: [
                "Controller", "ControllerClient", "Store", "Git", "Artifacts", "API", "Core", "TestSupport", "fedops",
                .asyncHTTPClient, .lifecycle, .log, .nio, .product(name: "NIOHTTP1", package: "swift-nio"),
            ]
        ),
        .testTarget(
            name: "ManagerTests",
            dependencies: [
                "fedops", "Manager", "ControllerClient", "Engines", "Artifacts", "API", "Core", "TestSupport",
                .hummingbird, .log, .nio, .lifecycle,
            ]
        ),
        .testTarget(
            name: "CommandsTests",
            dependencies: [
                "fedops", "Commands", "ControllerClient", "API", "Core", "TestSupport", .argumentParser,
            ],
            exclude: ["Init/Projects"]
        ),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "fedops", "Commands", "ControllerClient", "API", "Core", "TestSupport", .subprocess, .crypto,
            ]
        ),
    ]
)

for target in package.targets where ![.system, .plugin, .binary].contains(target.type) {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ]
}

extension Target.Dependency {
    static let argumentParser: Self = .product(name: "ArgumentParser", package: "swift-argument-parser")
    static let asyncHTTPClient: Self = .product(name: "AsyncHTTPClient", package: "async-http-client")
    static let crypto: Self = .product(name: "Crypto", package: "swift-crypto")
    static let grdb: Self = .product(name: "GRDB", package: "GRDB.swift")
    static let httpTypes: Self = .product(name: "HTTPTypes", package: "swift-http-types")
    static let hummingbird: Self = .product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore: Self = .product(name: "HummingbirdCore", package: "hummingbird")
    static let lifecycle: Self = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let log: Self = .product(name: "Logging", package: "swift-log")
    static let nio: Self = .product(name: "NIOCore", package: "swift-nio")
    static let nioHTTP1: Self = .product(name: "NIOHTTP1", package: "swift-nio")
    static let nioHTTPTypes: Self = .product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let nioPosix: Self = .product(name: "NIOPosix", package: "swift-nio")
    static let protobuf: Self = .product(name: "SwiftProtobuf", package: "swift-protobuf")
    static let rainbow: Self = .product(name: "Rainbow", package: "Rainbow")
    static let subprocess: Self = .product(name: "Subprocess", package: "swift-subprocess")
    static let unixSignals: Self = .product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let yams: Self = .product(name: "Yams", package: "Yams")
}
