import Dispatch
import Foundation
import Glibc
import Synchronization

/// A TCP relay to a port of loopback that breaks off its first connections after so many bytes of answers.
final class CuttingProxy: Sendable {
    let port: Int
    private let listener: Int32
    private let target: Int
    private let cuts: Mutex<[Int]>
    private static let queue = DispatchQueue(label: "cutting proxies", attributes: .concurrent)

    /// - Parameter cuts: After how many bytes of answers each of the first connections ends.
    init(to target: Int, cutting cuts: [Int]) throws {
        self.target = target
        self.cuts = Mutex(cuts)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var address = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 64) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard bound else { throw Absent(description: "port for the proxy") }
        port = Int(UInt16(bigEndian: address.sin_port))
        Self.queue.async { self.accept() }
    }

    /// How many cuts haven't happened yet.
    var left: Int { cuts.withLock { $0.count } }

    func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    private func accept() {
        while true {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { return }
            let limit = cuts.withLock { $0.isEmpty ? Int.max : $0.removeFirst() }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Self.loopback(port: target)
            _ = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            let done = DispatchGroup()
            Self.queue.async(group: done) { Self.relay(client, server, limit: .max) }
            Self.queue.async(group: done) { Self.relay(server, client, limit: limit) }
            done.notify(queue: Self.queue) {
                Glibc.close(client)
                Glibc.close(server)
            }
        }
    }

    private static func relay(_ from: Int32, _ to: Int32, limit: Int) {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        var left = limit
        while left > 0 {
            let count = recv(from, &buffer, min(buffer.count, left), 0)
            guard count > 0, send(to, buffer, count, Int32(MSG_NOSIGNAL)) == count else { break }
            left -= count
        }
        shutdown(from, Int32(SHUT_RDWR))
        shutdown(to, Int32(SHUT_RDWR))
    }

    private static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }
}
