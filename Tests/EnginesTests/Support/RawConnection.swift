import Dispatch
import Foundation
import Glibc

/// A TCP connection whose bytes a test writes itself, for what no HTTP client would send.
///
/// Its calls block; they do so away from the threads that tasks, and with them the engine under test, run on.
final class RawConnection: Sendable {
    private static let queue = DispatchQueue(label: "raw connections", attributes: .concurrent)
    private let descriptor: Int32

    /// - Parameter buffer: Bytes that the kernel takes in unread, where a test depends on how few they are.
    init(port: Int, buffer: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var buffer {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &buffer, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Absent(description: "connection to port \(port)") }
        var timeout = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Whether all of it was taken.
    @discardableResult
    func send(_ data: Data) async -> Bool {
        await blocking { [descriptor] in
            data.withUnsafeBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let piece = UnsafeRawBufferPointer(rebasing: rest)
                    let count = Glibc.send(descriptor, piece.baseAddress, piece.count, Int32(MSG_NOSIGNAL))
                    if count <= 0 { return false }
                    rest = rest.dropFirst(count)
                }
                return true
            }
        }
    }

    @discardableResult
    func send(_ text: String) async -> Bool { await send(Data(text.utf8)) }

    /// How many bytes come until the other side closes.
    func drain() async -> Int {
        await blocking { [descriptor] in
            var buffer = [UInt8](repeating: 0, count: 1 << 20)
            var total = 0
            while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { total += count }
            return total
        }
    }

    /// The head of the answer that comes.
    func receiveHead() async -> String {
        await blocking { [descriptor] in
            var all: [UInt8] = []
            var byte: UInt8 = 0
            while all.suffix(4) != Array("\r\n\r\n".utf8), recv(descriptor, &byte, 1, 0) == 1 { all.append(byte) }
            return String(decoding: all, as: UTF8.self)
        }
    }

    /// Whether the process that listens on `port` has closed its end, however much of what it sent is unread.
    ///
    /// The kernel's table tells it before this end can see it: its end of file comes after all that is unread.
    func isClosedByServer(on port: Int) throws -> Bool {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        let ours = Int(UInt16(bigEndian: address.sin_port))
        func hex(_ port: Int) -> String { ":" + String(String(port + 0x10000, radix: 16, uppercase: true).dropFirst()) }
        let established = try String(contentsOfFile: "/proc/net/tcp", encoding: .utf8).split(separator: "\n").contains {
            let fields = $0.split(separator: " ")
            return fields.count > 3 && fields[1].hasSuffix(hex(port)) && fields[2].hasSuffix(hex(ours))
                && fields[3] == "01"
        }
        return !established
    }

    func close() { Glibc.close(descriptor) }

    private func blocking<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Self.queue.async { continuation.resume(returning: work()) }
        }
    }
}
