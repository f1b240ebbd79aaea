import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

private let given = Mutex<Set<Int>>([])

/// A TCP port on 127.0.0.1 that nothing listens on, never the same twice in one test process.
///
/// Between this call and the listener's own `bind` another process can take it; prefer binding port 0 where the
/// listener can say what it got.
package func freePort() throws -> Int {
    for _ in 0..<100 {
        let port = try unusedPort()
        if given.withLock({ $0.insert(port).inserted }) { return port }
    }
    throw PortError(description: "no port on 127.0.0.1 is free")
}

package struct PortError: Error, CustomStringConvertible {
    package let description: String
}

private func unusedPort() throws -> Int {
    #if canImport(Glibc)
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
        let descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    guard descriptor >= 0 else { throw PortError(description: "socket failed with errno \(errno)") }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, length) == 0 ? getsockname(descriptor, $0, &length) : -1
        }
    }
    guard result == 0 else { throw PortError(description: "bind on 127.0.0.1 failed with errno \(errno)") }
    return Int(UInt16(bigEndian: address.sin_port))
}
