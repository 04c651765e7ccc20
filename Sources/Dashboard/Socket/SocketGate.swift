import HTTPTypes
import NIOCore
import NIOHTTP1

/// Stands before NIO's upgrade handler, and shows it only what will be a socket: that handler loses a request whose
/// upgrade is refused, and such a request has to be answered. Any other goes on as if it had not asked for an upgrade.
final class SocketGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart

    static let path = "/api/v1/ws/trade-execution"

    private let requestGuard: RequestGuard
    /// The first request of a connection decides; what comes after it may be bytes of a socket.
    private var hasDecided = false

    init(_ requestGuard: RequestGuard) { self.requestGuard = requestGuard }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !hasDecided else { return context.fireChannelRead(data) }
        hasDecided = true
        guard case .head(var head) = unwrapInboundIn(data), head.headers.contains(name: "upgrade") else {
            return context.fireChannelRead(data)
        }
        if !isSocket(head, isLoopback: CallContext.isLoopback(context.channel.remoteAddress)) {
            head.headers.remove(name: "upgrade")
        }
        context.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// A whole handshake (RFC 6455, section 4.2.1) from somebody who may ask, without a body.
    private func isSocket(_ head: HTTPRequestHead, isLoopback: Bool) -> Bool {
        let path = head.uri.prefix { $0 != "?" }
        let headers = head.headers
        guard head.method == .GET, path == Self.path || path == Self.path + "/",
            headers["upgrade"].map({ $0.lowercased() }) == ["websocket"],
            headers[canonicalForm: "connection"].contains(where: { $0.lowercased() == "upgrade" }),
            headers["sec-websocket-version"] == ["13"], headers["sec-websocket-key"].map(\.utf8.count) == [24],
            !headers.contains(name: "content-length"), !headers.contains(name: "transfer-encoding")
        else { return false }
        var request = HTTPRequest(method: .get, scheme: "http", authority: headers.first(name: "host"), path: head.uri)
        for name in [HTTPField.Name.origin, .secFetchSite, .authorization] {
            request.headerFields[name] = headers.first(name: name.canonicalName)
        }
        do throws(DashboardError) {
            try requestGuard.check(request, isLoopback: isLoopback)
            return true
        } catch {
            return false
        }
    }
}
