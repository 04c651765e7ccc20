import Foundation
import JobQueue
package import Logging
package import Redis

/// Hears what is sent to a Celery broker. Reads alone.
package struct BeatListener {
    private let address: RedisAddress
    private let queues: [String]
    private let logger: Logger
    private let sleep: (Duration) async throws -> Void
    private let progress: (_ seen: Int, _ waited: Duration, _ left: Duration) -> Void

    /// How often the lists are looked at, and how much of each.
    private static let pause = Duration.milliseconds(100)
    private static let depth = 1_000
    /// Messages that are remembered at most.
    private static let limit = 200_000
    private static let separator = "\u{06}\u{16}"

    /// - Parameters:
    ///   - address: the broker's database.
    ///   - queues: whose lists are looked at; empty for those that Celery has declared.
    ///   - sleep: waits so long.
    ///   - progress: told after every look how many messages were seen, and how long it has waited and will wait.
    package init(
        address: RedisAddress, queues: [String], logger: Logger, sleep: @escaping (Duration) async throws -> Void,
        progress: @escaping (_ seen: Int, _ waited: Duration, _ left: Duration) -> Void
    ) {
        self.address = address
        self.queues = queues
        self.logger = logger
        self.sleep = sleep
        self.progress = progress
    }

    /// Listens until so much time has passed by the clock of the broker's Redis. Consumes and writes nothing.
    /// - Throws: `RedisError` when it cannot be reached.
    package func listen(for length: Duration) async throws -> HeardMessages {
        let client = RedisClient(address: address, options: RedisOptions(), logger: logger)
        let subscription = RedisSubscription(
            address: address, channels: ["/\(address.database).celeryev/task.sent"], logger: logger)
        defer { subscription.close() }
        do {
            let heard = try await listen(client, subscription, for: length)
            await client.close()
            return heard
        } catch {
            await client.close()
            throw error
        }
    }

    private func listen(
        _ client: RedisClient, _ subscription: RedisSubscription, for length: Duration
    ) async throws -> HeardMessages {
        let names = try await declared(client)
        let clock = RedisClock(redis: client)
        async let events = Self.events(of: subscription)
        var listed: [String: BeatMessage] = [:]
        // What lies there already was sent before.
        var known = Set(try await look(client, names, at: 0).map(\.id))
        let start = try await clock.now()
        var now = start
        while now < start + length.milliseconds {
            let waited = Duration.milliseconds(now - start)
            progress(listed.count, waited, length - waited)
            for message in try await look(client, names, at: now) where known.insert(message.id).inserted {
                if listed.count < Self.limit { listed[message.id] = message }
            }
            try await sleep(Self.pause)
            now = try await clock.now()
        }
        subscription.close()
        let told = await events
        // An event knows the moment; a list only that it was seen.
        for message in told where known.contains(message.id) || message.at >= start {
            let isFromBeat = listed[message.id]?.isFromBeat
            listed[message.id] = BeatMessage(
                id: message.id, task: message.task, at: message.at, isFromBeat: isFromBeat)
        }
        return HeardMessages(
            messages: listed.values.sorted { ($0.at, $0.id) < ($1.at, $1.id) }, window: start..<max(now, start + 1),
            byEvent: Set(told.map(\.id)).count, queues: names)
    }

    private static func events(of subscription: RedisSubscription) async -> [BeatMessage] {
        var found: [BeatMessage] = []
        for await event in subscription {
            guard case .message(let message) = event, let beat = BeatMessage(event: message.payload) else { continue }
            if found.count < limit { found.append(beat) }
        }
        return found
    }

    private func look(_ client: RedisClient, _ names: [String], at now: Int64) async throws -> [BeatMessage] {
        let lists = names.flatMap { name in [name] + [3, 6, 9].map { "\(name)\(Self.separator)\($0)" } }
        let replies = try await client.pipeline(lists.map { ["LRANGE", .text($0), 0, .integer(Self.depth - 1)] })
        return try replies.flatMap { reply in
            try reply.array(of: "LRANGE").compactMap { BeatMessage(listed: try $0.bytes(of: "LRANGE"), seen: now) }
        }
    }

    /// The queues that Celery has declared: the third part of each binding.
    private func declared(_ client: RedisClient) async throws -> [String] {
        guard queues.isEmpty else { return queues }
        var found: Set<String> = ["celery"]
        var cursor = "0"
        repeat {
            let reply = try await client.send(["SCAN", .text(cursor), "MATCH", "_kombu.binding.*", "COUNT", 1_000])
                .array(of: "SCAN")
            guard reply.count == 2 else { break }
            cursor = try reply[0].string(of: "SCAN")
            for key in try reply[1].strings(of: "SCAN") where !key.contains("pidbox") && !key.contains("celeryev") {
                for member in try await client.send(["SMEMBERS", .text(key)]).strings(of: "SMEMBERS") {
                    if let name = member.components(separatedBy: Self.separator).last { found.insert(name) }
                }
            }
        } while cursor != "0"
        return found.sorted()
    }
}
