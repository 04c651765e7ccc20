import Glibc
import Synchronization

/// Where this process looks next. Processes that test at the same time begin at different places.
private let nextPort = Mutex(10_000 + Int(getpid()) * 97 % 20_000)

/// A TCP port of 127.0.0.1 that was free a moment ago, never the same twice.
///
/// Below 32 768, where Linux takes the ports of outgoing connections from: one of those could take a port that a server
/// has just left and wants back.
public func freePort() throws -> Int {
    for _ in 0..<1_000 {
        let port = nextPort.withLock { port in
            port = port < 32_000 ? port + 1 : 10_000
            return port
        }
        if isFree(port) { return port }
    }
    throw TemporaryRedisError.noFreePort
}

private func isFree(_ port: Int) -> Bool {
    let descriptor = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
    }
}
