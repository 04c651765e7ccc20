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

    let responder: HTTPChannelHandler.Responder
    let socket: TradeSocket
    let requestGuard: RequestGuard

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            let upgrader = NIOTypedWebSocketServerUpgrader<Outcome>(
                maxFrameSize: TradeSocket.mostBytes,
                // The gate has decided.
                shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture(HTTPHeaders()) },
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
            let upgradeHandler = try channel.pipeline.syncOperations.handler(
                type: NIOTypedHTTPServerUpgradeHandler<Outcome>.self)
            try channel.pipeline.syncOperations.addHandler(
                SocketGate(requestGuard), position: .before(upgradeHandler))
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
}
