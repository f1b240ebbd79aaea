package import Foundation

/// What the package has built, found beside the test bundle.
package enum Products {
    /// The built `fedops` executable.
    package static var fedops: URL {
        get throws { try named("fedops") }
    }

    package static func named(_ name: String) throws -> URL {
        #if os(Linux)
            let runner = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
            let folder = runner.deletingLastPathComponent()
        #else
            let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") } ?? Bundle.main
            let folder = bundle.bundleURL.deletingLastPathComponent()
        #endif
        let product = folder.appending(path: name)
        guard FileManager.default.isExecutableFile(atPath: product.path) else {
            throw ProductMissing(description: "\(product.path) is not there: build the package before its tests")
        }
        return product
    }
}

package struct ProductMissing: Error, CustomStringConvertible {
    package let description: String
}
