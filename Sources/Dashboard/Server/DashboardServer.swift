import Foundation
import Hummingbird
import HummingbirdCore
import JobQueue
import Logging
import NIOCore
public import ServiceLifecycle

/// The HTTP API as a service: `/api/v1`, probes, metrics, the socket of trades, and the built front end if there is
/// one.
public struct DashboardServer: Service {
    /// Where and for whom the server listens.
    public struct Options: Sendable {
        /// An address or a host name; of this host only, unless there is a token.
        public var host: String
        /// 0 for one that is free.
        public var port: Int
        /// What requests from other hosts carry; nil for none.
        public var token: APIToken?
        /// The folder of the built front end, served at `/`; nil for none.
        public var frontEnd: String?
        /// What answers requests that are not served here; nil for nothing.
        public var fallback: Fallback?

        /// Checks nothing; `DashboardServer.init` does.
        public init(
            host: String = "127.0.0.1", port: Int = 8_000, token: APIToken? = nil, frontEnd: String? = nil,
            fallback: Fallback? = nil
        ) {
            self.fallback = fallback
            self.host = host
            self.port = port
            self.token = token
            self.frontEnd = frontEnd
        }

        /// Whether only this host can connect.
        public var isLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(host.lowercased()) }
    }

    private let options: Options
    private let dependencies: DashboardDependencies
    private let listening: @Sendable (Int) -> Void
    private let logger: Logger

    /// - Parameter listening: called with the port once requests are taken.
    public init(
        _ options: Options, _ dependencies: DashboardDependencies,
        listening: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        self.options = options
        self.dependencies = dependencies
        self.listening = listening
        logger = dependencies.logger
    }

    /// Serves until it is shut down.
    /// - Throws: `DashboardServerError` when the address cannot be bound; nothing was served then.
    public func run() async throws {
        let (listening, logger) = (listening, logger)
        let requestGuard = RequestGuard(host: options.host, port: options.port, token: options.token)
        let counts = RequestCounts()
        let hub = TradeSocketHub()
        let endpoints = EndpointTable.all(dependencies, counts: counts, hub: hub)
        let responder = DashboardResponder(
            router: EndpointRouter(endpoints), requestGuard: requestGuard, counts: counts,
            frontEnd: options.frontEnd.map { FrontEnd(folder: $0, logger: logger) }, fallback: options.fallback,
            logger: logger)
        let socket = TradeSocket(hub: hub, now: dependencies.now)
        let application = Application(
            responder: responder,
            server: HTTPServerBuilder { responder in
                DashboardChannel(responder: responder, socket: socket, requestGuard: requestGuard)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(options.host, port: options.port),
                availableConnectionsDelegate: .maximum(1_000, logger: logger)),
            services: [TradeFeed(redis: dependencies.broker.redis, hub: hub)],
            onServerRunning: { channel in listening(channel.localAddress?.port ?? 0) }, logger: logger)
        defer { hub.close() }
        do {
            try await application.run()
        } catch let error as IOError {
            throw DashboardServerError.cannotListen(
                host: options.host, port: options.port, reason: String(cString: strerror(error.errnoCode)))
        }
    }
}
