import Dispatch
import Foundation
import Glibc

/// A TCP connection whose bytes a test writes itself, for what no HTTP client would send.
///
/// Its calls block; they do so away from the threads that tasks, and with them the engine under test, run on.
final class RawConnection: Sendable {
    private static let queue = DispatchQueue(label: "raw connections", attributes: .concurrent)
    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
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

    /// The head of the answer that comes.
    func receiveHead() async -> String {
        await blocking { [descriptor] in
            var all: [UInt8] = []
            var byte: UInt8 = 0
            while all.suffix(4) != Array("\r\n\r\n".utf8), recv(descriptor, &byte, 1, 0) == 1 { all.append(byte) }
            return String(decoding: all, as: UTF8.self)
        }
    }

    func close() { Glibc.close(descriptor) }

    private func blocking<Value: Sendable>(_ work: @escaping @Sendable () -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            Self.queue.async { continuation.resume(returning: work()) }
        }
    }
}
