import NIOCore
import NIOPosix
public import Redis
import Synchronization

/// A TCP proxy on 127.0.0.1 in front of a server, for faults of the network: cut, pause, refuse, end in mid-reply,
/// and for a name that leads to another server from now on.
public final class FaultProxy: Sendable {
    private struct State {
        var listener: (any Channel)?
        var ends: [ObjectIdentifier: any Channel] = [:]
        /// By the client's end.
        var lines: [ObjectIdentifier: Line] = [:]
        var paused = false
        var replyBytesLeft: Int?
        var accepted = 0
        var target: RedisAddress
    }

    /// Where to connect instead of the server; has its password and database.
    public let address: RedisAddress
    public let port: Int
    private let state: Mutex<State>

    /// Listens on a free port and lets everything through.
    public static func start(for target: RedisAddress) async throws -> FaultProxy {
        let proxy = FaultProxy(target: target, port: try freePort())
        try await proxy.accept()
        return proxy
    }

    private init(target: RedisAddress, port: Int) {
        state = Mutex(State(target: target))
        self.port = port
        address = RedisAddress(
            endpoint: .tcp(host: "127.0.0.1", port: port), user: target.user, password: target.password,
            database: target.database)
    }

    /// Connections accepted since the start.
    public var acceptedCount: Int { state.withLock { $0.accepted } }

    /// Closes all connections; new ones are accepted.
    public func cut() {
        for end in state.withLock({ $0.ends.values.map { $0 } }) { end.close(promise: nil) }
    }

    /// Lets so many more bytes of replies through, then cuts all connections. Applies once.
    public func cut(afterReplyBytes count: Int) {
        state.withLock { $0.replyBytesLeft = count }
    }

    /// Leads new connections to this server, as DNS does after a failover. Open ones stay where they are.
    public func point(at server: RedisAddress) { state.withLock { $0.target = server } }

    /// Keeps connections open but moves no byte, as a network does that swallows packets.
    public func pause() { setPaused(true) }

    /// Moves bytes again, also those held back meanwhile.
    public func resume() { setPaused(false) }

    /// Leaves the connections of now half-open: whatever either end says is swallowed, and neither hears of the other's
    /// end. New connections work.
    public func swallow() { for line in state.withLock({ $0.lines.values.map { $0 } }) { line.swallow() } }

    /// Cuts all connections and has new ones refused by the system.
    public func refuse() async throws {
        let listener = state.withLock { $0.listener.take() }
        try await listener?.close()
        cut()
    }

    /// Listens again on the same port, after `refuse()`.
    public func accept() async throws {
        let listener = try await ServerBootstrap(group: NIOSingletons.posixEventLoopGroup)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { [weak self] client in
                guard let self else { return client.close() }
                return join(client)
            }
            .bind(host: "127.0.0.1", port: port).get()
        state.withLock { $0.listener = listener }
    }

    /// Ends the proxy.
    public func stop() async throws { try await refuse() }

    private func join(_ client: any Channel) -> EventLoopFuture<Void> {
        let bootstrap = ClientBootstrap(group: client.eventLoop).channelOption(.autoRead, value: false)
        let opened: EventLoopFuture<any Channel> =
            switch state.withLock({ $0.target }).endpoint {
            case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
            case .unixSocket(let path): bootstrap.connect(unixDomainSocketPath: path)
            case .sentinels: client.eventLoop.makeFailedFuture(ChannelError.operationUnsupported)
            }
        return opened.flatMap { server in
            client.eventLoop.makeCompletedFuture {
                let line = Line()
                try client.pipeline.syncOperations.addHandler(Relay(to: server, line) { _ in nil })
                try server.pipeline.syncOperations.addHandler(
                    Relay(to: client, line) { [weak self] in self?.replyLimit($0) })
                let paused = self.register(client, server, line)
                for end in [client, server] {
                    end.closeFuture.whenComplete { [weak self] _ in self?.forget(end) }
                    if !paused { end.setOption(.autoRead, value: true).whenFailure { _ in end.close(promise: nil) } }
                }
            }
        }.flatMapErrorThrowing { error in
            client.close(promise: nil)
            throw error
        }
    }

    private func register(_ client: any Channel, _ server: any Channel, _ line: Line) -> Bool {
        state.withLock { state in
            state.accepted += 1
            for end in [client, server] { state.ends[ObjectIdentifier(end)] = end }
            state.lines[ObjectIdentifier(client)] = line
            return state.paused
        }
    }

    private func forget(_ end: any Channel) {
        state.withLock { state in
            state.ends[ObjectIdentifier(end)] = nil
            state.lines[ObjectIdentifier(end)] = nil
        }
    }

    /// - Returns: how many of these bytes may still pass before the cut; `nil` when all may.
    private func replyLimit(_ count: Int) -> Int? {
        state.withLock { state in
            guard let left = state.replyBytesLeft else { return nil }
            state.replyBytesLeft = left >= count ? left - count : nil
            return left >= count ? nil : left
        }
    }

    private func setPaused(_ paused: Bool) {
        let ends = state.withLock { state in
            state.paused = paused
            return state.ends.values.map { $0 }
        }
        for end in ends { end.setOption(.autoRead, value: !paused).whenFailure { _ in end.close(promise: nil) } }
    }
}

/// What both relays of one connection know.
private final class Line: Sendable {
    private let isSwallowing = Mutex(false)

    func swallow() { isSwallowing.withLock { $0 = true } }
    var swallows: Bool { isSwallowing.withLock { $0 } }
}

/// Copies what one end says to the other, and its end.
private final class Relay: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let peer: any Channel
    private let line: Line
    private let limit: @Sendable (Int) -> Int?

    init(to peer: any Channel, _ line: Line, limit: @escaping @Sendable (Int) -> Int?) {
        self.peer = peer
        self.line = line
        self.limit = limit
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if line.swallows { return }
        let bytes = unwrapInboundIn(data)
        guard let allowed = limit(bytes.readableBytes) else { return peer.writeAndFlush(bytes, promise: nil) }
        let part = bytes.getSlice(at: bytes.readerIndex, length: allowed) ?? ByteBuffer()
        peer.writeAndFlush(part).whenComplete { [peer] _ in peer.close(promise: nil) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if !line.swallows { peer.close(promise: nil) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }
}
