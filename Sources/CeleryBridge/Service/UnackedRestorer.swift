import Foundation
import JobQueue
import Logging
import Redis

/// Puts back the messages of Celery workers that are gone, by their own rule: what was delivered longer ago than the
/// visibility timeout returns to its list, marked as redelivered.
struct UnackedRestorer: Sendable {
    let bridge: TaskBridge

    private static let batch = 100

    /// One pass.
    /// - Parameter now: unix ms.
    /// - Returns: how many messages went back.
    func pass(now: Int64) async throws -> Int {
        let place = bridge.rules.place
        let limit = Double(now) / 1_000 - Double(place.visibilitySeconds)
        let broker = bridge.messages
        let reply = try await broker.send([
            "ZRANGEBYSCORE", .text(place.brokerKey("unacked_index")), "-inf", .text("(\(limit)"), "LIMIT", 0,
            .integer(Self.batch),
        ])
        var restored = 0
        for tag in try reply.array(of: "ZRANGEBYSCORE") {
            let tag = try tag.bytes(of: "ZRANGEBYSCORE")
            if try await restore(tag, before: limit, place) { restored += 1 }
        }
        if restored > 0 {
            bridge.logger.notice("\(restored) messages of Celery workers that are gone went back to their lists")
        }
        return restored
    }

    private func restore(_ tag: [UInt8], before limit: Double, _ place: CeleryPlace) async throws -> Bool {
        let (hash, index) = (place.brokerKey("unacked"), place.brokerKey("unacked_index"))
        let entry = try await bridge.messages.send(["HGET", .text(hash), .bytes(tag)])
        guard let bytes = try entry.optionalBytes(of: "HGET"), let parts = try? WireValue.parse(bytes).list,
            parts.count == 3, case .object(let message) = parts[0]
        else { return false }
        let priority = message["properties"]?.object?["priority"]?.int ?? 0
        let lists = try await queues(exchange: parts[1].string ?? "", routingKey: parts[2].string ?? "", place)
            .map { place.list(of: $0, priority: priority) }
        guard !lists.isEmpty else { return false }
        let reply = try await bridge.messages.run(
            bridge.scripts.restore, keys: [hash, index] + lists,
            arguments: [
                .bytes(tag), .bytes(bytes), .text("\(limit)"),
                .text(WireValue.object(Self.redelivered(message)).json),
            ])
        return try reply.bool(of: "restore_unacked")
    }

    /// The queues that an exchange sends a routing key to; the key itself names one for the default exchange.
    private func queues(exchange: String, routingKey: String, _ place: CeleryPlace) async throws -> [String] {
        guard !exchange.isEmpty else { return routingKey.isEmpty ? [] : [routingKey] }
        let reply = try await bridge.messages.send(["SMEMBERS", .text(place.brokerKey("_kombu.binding.\(exchange)"))])
        let found = try reply.array(of: "SMEMBERS").compactMap { member throws(RedisError) -> String? in
            let parts = try member.string(of: "SMEMBERS").components(separatedBy: CeleryPlace.separator)
            return parts.count == 3 && parts[0] == routingKey ? parts[2] : nil
        }
        return found.isEmpty ? [routingKey] : found
    }

    /// As kombu marks it.
    private static func redelivered(_ message: WireObject) -> WireObject {
        var message = message
        var headers = message["headers"]?.object ?? WireObject()
        headers["redelivered"] = .bool(true)
        message["headers"] = .object(headers)
        var properties = message["properties"]?.object ?? WireObject()
        var delivery = properties["delivery_info"]?.object ?? WireObject()
        delivery["redelivered"] = .bool(true)
        properties["delivery_info"] = .object(delivery)
        message["properties"] = .object(properties)
        return message
    }
}
