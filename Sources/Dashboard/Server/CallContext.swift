import Hummingbird
import NIOCore

/// What is known of a connection while a request is answered.
struct CallContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// Whether the other end is on this host.
    let isLoopback: Bool

    init(source: Source) {
        coreContext = CoreRequestContextStorage(source: source)
        isLoopback = Self.isLoopback(source.channel.remoteAddress)
    }

    /// A socket file has no address, and is on this host.
    static func isLoopback(_ address: SocketAddress?) -> Bool {
        guard let address else { return false }
        switch address {
        case .unixDomainSocket: return true
        case .v4: return address.ipAddress?.hasPrefix("127.") ?? false
        case .v6: return ["::1", "::ffff:127.0.0.1"].contains(address.ipAddress ?? "")
        }
    }
}
