import JobQueue
import Logging
import Redis
import Synchronization

/// Makes the writes that wait for results on another server, in their order, until the process ends.
///
/// A write may be made twice, by two workers or after a lost reply: each is harmless then.
struct ResultOutbox: Sendable {
    let bridge: TaskBridge
    let clock: any Clock<Duration>
    /// The queue in which completed chords are started.
    let chordQueue: QueueName

    /// Beyond so many waiting writes no further message is taken in.
    static let limit = 100_000
    private static let batch = 64
    private static let idle = Duration.milliseconds(50)
    private static let pause = Duration.milliseconds(500)

    /// Runs until cancelled.
    func run() async {
        var failures = 0
        while !Task.isCancelled {
            do {
                let made = try await deliver()
                failures = 0
                if made == 0 { try await clock.sleep(for: Self.idle) }
            } catch {
                if Task.isCancelled { return }
                failures += 1
                if failures == 1 || failures.isMultiple(of: 20) {
                    bridge.logger.warning("results wait in the outbox: \(error)")
                }
                try? await clock.sleep(for: Self.pause)
            }
        }
    }

    /// - Returns: how many entries were delivered.
    private func deliver() async throws -> Int {
        let home = bridge.broker.redis
        let length = try await home.send(["LLEN", .text(bridge.keys.outbox)]).int(of: "LLEN")
        bridge.outboxIsFull.set(length > Self.limit)
        guard length > 0 else { return 0 }
        let reply = try await home.send(["LRANGE", .text(bridge.keys.outbox), 0, .integer(Self.batch - 1)])
        var made = 0
        for value in try reply.array(of: "LRANGE") {
            let entry = try value.bytes(of: "LRANGE")
            try await make(entry)
            let dropped = try await home.run(
                bridge.scripts.drop, keys: [bridge.keys.outbox], arguments: [.bytes(entry)])
            // Another worker is at it: begin anew with what is first now.
            guard try dropped.bool(of: "drop_first") else { return made + 1 }
            made += 1
        }
        return made
    }

    private func make(_ entry: [UInt8]) async throws {
        guard let words = try? WireValue.parse(entry).list?.compactMap(\.string) else {
            return bridge.logger.error("an entry of the outbox cannot be read and is dropped")
        }
        let database = "\(bridge.rules.place.resultsDatabase)"
        let now = try await bridge.broker.clock.now()
        let arguments = ["\(now)", database, database, database] + words
        let reply = try await bridge.results.run(
            bridge.scripts.apply, keys: [], arguments: arguments.map { .text($0) })
        try await bridge.startChords(reply, in: chordQueue)
    }
}

/// Whether something is full, told from one task to others.
final class FullMark: Sendable {
    private let value = Atomic<Bool>(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set(_ full: Bool) { value.store(full, ordering: .relaxed) }
}
