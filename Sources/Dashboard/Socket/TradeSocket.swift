import Documents
import Foundation
import Logging
import NIOCore
import NIOWebSocket

/// One open socket of `/ws/trade-execution`: greets, answers pings, and passes on what the fleet does to orders.
struct TradeSocket: Sendable {
    let hub: TradeSocketHub
    let now: @Sendable () -> Date
    /// Our own pings, by which a client that is gone without a word is found.
    private static let pingEvery = Duration.seconds(20)
    /// Bytes of one message of a client; the dashboard sends `{"type":"ping"}`.
    static let mostBytes = 16_384

    func run(_ channel: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>) async {
        guard let (number, messages) = hub.join() else {
            try? await channel.executeThenClose { _, outbound in
                try await outbound.write(Self.closing(.unexpectedServerError))
            }
            return
        }
        defer { hub.leave(number) }
        try? await channel.executeThenClose { inbound, outbound in
            try await outbound.write(
                Self.text(
                    TradeSocketGreetingDocument(
                        type: "trade_connection_established", message: "Connected to trade execution updates",
                        timestamp: NaiveTime(now()))))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await read(inbound, outbound) }
                group.addTask {
                    for await message in messages { try await outbound.write(Self.text(message)) }
                    try await outbound.write(Self.closing(.goingAway))
                }
                group.addTask { try await ping(outbound) }
                // The first that ends, ends the socket.
                defer { group.cancelAll() }
                try await group.next()
            }
        }
    }

    /// Reads until the client closes.
    private func read(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async throws {
        for try await frame in inbound {
            switch frame.opcode {
            case .connectionClose:
                try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: ByteBuffer()))
                return
            case .ping:
                try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: frame.unmaskedData))
            case .text where Self.isPing(frame.unmaskedData):
                try await outbound.write(
                    Self.text(TradeSocketGreetingDocument(type: "pong", message: nil, timestamp: NaiveTime(now()))))
            // What else a client may send means nothing here.
            case .text, .binary, .continuation, .pong: break
            default: return
            }
        }
    }

    private func ping(_ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>) async throws {
        while true {
            try await ContinuousClock().sleep(for: Self.pingEvery)
            try await outbound.write(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()))
        }
    }

    private static func isPing(_ data: ByteBuffer) -> Bool {
        struct Message: Decodable { let type: String }
        return (try? JSONDecoder().decode(Message.self, from: Data(data.readableBytesView)))?.type == "ping"
    }

    private static func text(_ document: some Encodable) -> WebSocketFrame { text(JSONText.of(document)) }

    private static func text(_ text: String) -> WebSocketFrame {
        WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: text))
    }

    private static func closing(_ code: WebSocketErrorCode) -> WebSocketFrame {
        var data = ByteBuffer()
        data.write(webSocketErrorCode: code)
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }
}
