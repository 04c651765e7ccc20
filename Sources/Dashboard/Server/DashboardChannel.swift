import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOWebSocket

/// One connection: HTTP/1.1, or the socket of trades after an upgrade.
struct DashboardChannel: HTTPChannelHandler {
    /// What a connection becomes.
    enum Outcome: Sendable {
        case http(NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>)
        case socket(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>)
    }

    struct Value: ServerChildChannelValue {
        let outcome: EventLoopFuture<Outcome>
        let channel: any Channel
    }

    static let socketPath = "/api/v1/ws/trade-execution"

    let responder: HTTPChannelHandler.Responder
    let socket: TradeSocket
    let requestGuard: RequestGuard

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let upgrader = NIOTypedWebSocketServerUpgrader<Outcome>(
                maxFrameSize: TradeSocket.mostBytes,
                shouldUpgrade: { channel, head in
                    channel.eventLoop.makeSucceededFuture(isWelcome(head, on: channel) ? HTTPHeaders() : nil)
                },
                // The deadline is one of requests; a socket stays open.
                upgradePipelineHandler: { channel, _ in
                    channel.pipeline.removeHandler(name: RequestDeadline.name).flatMapThrowing {
                        .socket(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                    }
                })
            let upgrades = NIOTypedHTTPServerUpgradeConfiguration<Outcome>(
                upgraders: [upgrader],
                notUpgradingCompletionHandler: { channel in
                    channel.eventLoop.makeCompletedFuture { try Self.http(on: channel, logger) }
                })
            var pipeline = NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: upgrades)
            pipeline.enablePipelining = false
            pipeline.enableErrorHandling = true
            pipeline.decoderConfiguration.maxHeaderFieldSize = 16 * 1_024
            pipeline.decoderConfiguration.maxHeaderListSize = 32 * 1_024
            pipeline.decoderConfiguration.maxHeaderFieldCount = 100
            try channel.pipeline.syncOperations.addHandler(RequestDeadline(), name: RequestDeadline.name)
            let outcome = try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                configuration: pipeline)
            return Value(outcome: outcome, channel: channel)
        }
    }

    func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.outcome.get() {
            case .http(let channel): await handleHTTP(asyncChannel: channel, logger: logger)
            case .socket(let channel): await socket.run(channel)
            }
        } catch {
            logger.debug("a connection ended before its first request: \(error)")
        }
    }

    private static func http(on channel: any Channel, _ logger: Logger) throws -> Outcome {
        try channel.pipeline.syncOperations.addHandler(HTTP1ToHTTPServerCodec(secure: false))
        try channel.pipeline.syncOperations.addHandler(
            HTTPConnectionStateHandler(idleTimeout: .seconds(60), logger: logger))
        return .http(
            try NIOAsyncChannel(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true)))
    }

    /// Whether a request may become the socket: the same check as any request, and the right path.
    private func isWelcome(_ head: HTTPRequestHead, on channel: any Channel) -> Bool {
        let path = head.uri.prefix { $0 != "?" }
        guard path == Self.socketPath || path == Self.socketPath + "/" else { return false }
        var request = HTTPRequest(
            method: .get, scheme: "http", authority: head.headers.first(name: "host"), path: head.uri)
        for name in [HTTPField.Name.origin, .secFetchSite, .authorization, .upgrade] {
            request.headerFields[name] = head.headers.first(name: name.canonicalName)
        }
        do {
            try requestGuard.check(request, isLoopback: CallContext.isLoopback(channel.remoteAddress))
            return true
        } catch {
            return false
        }
    }
}
