import Exchange
import Foundation
import NIOCore
import TestSupport
import Testing

@testable import Dashboard

@Suite(.serialized) struct TradeSocketTests {
    static let handshake =
        "GET /api/v1/ws/trade-execution HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        + "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"

    /// A text frame as a client sends it, masked.
    static func frame(_ text: String) -> [UInt8] {
        let mask: [UInt8] = [1, 2, 3, 4]
        let bytes = Array(text.utf8)
        return [0x81, 0x80 | UInt8(bytes.count)] + mask + bytes.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    static func update(_ stage: TradeUpdate.Stage) -> TradeUpdate {
        TradeUpdate(
            stage: stage, botID: 8, botName: "Tezos Swing", side: "BUY", product: "XTZ-USD", size: "10.89735331",
            usd: "7.5", price: "0.68824051", orderID: "offline-order-0001",
            tradeID: [.resting, .completed, .changed].contains(stage) ? 901 : nil, at: 1_759_579_200_000)
    }

    /// How a message of that update begins. Other suites publish on the same server.
    private static func step(_ stage: String) -> String { #""stage":"\#(stage)","bot_id":8,"# }

    @Test func `a socket is greeted, and its ping is answered`() async throws {
        try await ServedDashboard.serving { served in
            let (text, _) = try await RawConnection.open(port: served.port).exchange(
                [Array(Self.handshake.utf8), Self.frame(#"{"type":"ping"}"#)]
            ) { $0.contains("pong") }
            #expect(text.contains("101 Switching Protocols"))
            #expect(text.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="))
            let greeting =
                #"{"type":"trade_connection_established","message":"Connected to trade execution updates","#
                + #""timestamp":"2025-10-04T12:00:00"}"#
            #expect(text.contains(greeting))
            #expect(text.contains(#"{"type":"pong","timestamp":"2025-10-04T12:00:00"}"#))
        }
    }

    @Test func `what a worker publishes of an order reaches every open socket`() async throws {
        try await ServedDashboard.serving { served in
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<3 {
                    group.addTask {
                        try await RawConnection.open(port: served.port).exchange([Array(Self.handshake.utf8)]) {
                            $0.contains(Self.step("trade_completed"))
                        }.text
                    }
                }
                group.addTask {
                    // Redis keeps nothing for those who are not there yet.
                    try await eventually("three sockets listen") {
                        let metrics = try await served.get("/metrics").body
                        return metrics.contains("flotilla_sockets 3")
                    }
                    for stage in [TradeUpdate.Stage.starting, .placing, .placed, .recording, .completed] {
                        try await TradeChannel.publish(Self.update(stage), on: served.redis)
                    }
                    return ""
                }
                for try await text in group where !text.isEmpty {
                    let stages = [
                        "trade_starting", "order_placing", "order_placed", "recording_trade", "trade_completed",
                    ]
                    let places = stages.compactMap { text.range(of: Self.step($0))?.lowerBound }
                    #expect(places.count == stages.count && places == places.sorted(), "\(text)")
                }
            }
        }
    }

    @Test func `the steps of an order are those that the dashboard knows`() throws {
        let stages: [TradeUpdate.Stage] = [.starting, .placing, .pending, .placed, .recording, .resting, .completed]
        let texts = stages.map { TradeMessages.text(of: Self.update($0)) }
        let recorded = try Self.recorded().filter { $0["data"] != nil }
        let made = try texts.map { try JSONDecoder().decode([String: JSONValue].self, from: Data($0.utf8)) }
        #expect(made == recorded)
    }

    @Test func `a change of a recorded order has the fields that the dashboard knows`() throws {
        var update = Self.update(.changed)
        (update.oldStatus, update.newStatus, update.filledAt) = ("pending", "completed", 1_759_579_199_500)
        let message = try JSONDecoder().decode(JSONValue.self, from: Data(TradeMessages.text(of: update).utf8))
        #expect(message["type"] == .text("order_status_change"))
        let now = JSONValue.text("2025-10-04T12:00:00")
        #expect(message["timestamp"] == now)
        #expect(
            message["data"]
                == .object([
                    "trade_id": .integer(901), "bot_id": .integer(8), "order_id": .text("offline-order-0001"),
                    "old_status": .text("pending"), "new_status": .text("completed"),
                    "filled_at": .text("2025-10-04T11:59:59.500000"), "updated_at": now,
                    "product_id": .text("XTZ-USD"), "side": .text("BUY"), "size_usd": .number(7.5), "timestamp": now,
                ]))
    }

    /// The data of the messages that the old backend sent.
    private static func recorded() throws -> [[String: JSONValue]] {
        let url = try #require(
            Bundle.module.url(
                forResource: "ws_ws-trade-execution", withExtension: "json", subdirectory: "Fixtures/golden"))
        struct Transcript: Decodable {
            struct Message: Decodable {
                let dir: String
                let data: [String: JSONValue]
            }
            let body: [Message]
        }
        return try JSONDecoder().decode(Transcript.self, from: try Data(contentsOf: url)).body
            .filter { $0.dir == "in" }.map(\.data)
    }

    @Test func `a slow client is cut off, and holds up no other`() async throws {
        let hub = TradeSocketHub()
        let slow = try #require(hub.join())
        let quick = try #require(hub.join())
        let reading = Task {
            var count = 0
            for await _ in quick.messages { count += 1 }
            return count
        }
        for index in 0...TradeSocketHub.mostWaiting {
            hub.send("\(index)")
            // Lets the quick one read.
            try await eventually("the quick client is in time") { hub.count >= 1 }
            await Task.yield()
        }
        #expect(hub.count == 1)
        hub.close()
        _ = await reading.value
        var kept = 0
        for await _ in slow.messages { kept += 1 }
        #expect(kept == TradeSocketHub.mostWaiting)
    }

    @Test func `a message longer than the limit ends the socket`() async throws {
        try await ServedDashboard.serving { served in
            let long: [UInt8] = [0x81, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4] + [UInt8](repeating: 7, count: 65_536)
            do {
                let (_, isClosed) = try await RawConnection.open(port: served.port).exchange(
                    [Array(Self.handshake.utf8), long]
                ) { _ in false }
                #expect(isClosed)
            } catch let error as IOError {
                // What was sent beyond the limit was never read, so the end comes as a reset.
                #expect(error.errnoCode == ECONNRESET)
            }
            #expect(try await served.get("/healthz").status == 200)
        }
    }
}
