import ArgumentParser
import Documents
import Foundation
import JobQueue
import Logging
import Redis
import ScheduleConfiguration
import Time

extension Schedule {
    struct Shadow: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compare the schedule with what a running Celery beat sends, enqueueing nothing.",
            discussion: """
                It reads: events of sent tasks, which tell the exact moment (producers publish them with
                task_send_sent_event), and the lists of the queues, in which a message is seen only until a worker takes
                it. Nothing is consumed and nothing is written. Ends with 1 when they do not agree, and when nothing
                was heard that could be compared.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "The file; else the one that the fleet reads.") var file: String?
        @Option(name: .customLong("for"), help: "How long to listen.") var length = "10m"
        @Option(
            help: """
                Redis URL of Celery's broker; else CELERY_BROKER_URL or the file that CELERY_BROKER_URL_FILE names, \
                where a password does not show in the process list; else the fleet's Redis.
                """)
        var broker: String?
        @Option(name: .customLong("queue"), help: "A queue of Celery's; else those that it has declared.")
        var queues: [String] = []
        @Option(help: "TASK=ENTRY: which entry stands for which task; else by the task's last word.")
        var map: [String] = []
        @Option(help: "How far a message may lie from its tick; else half an interval, or 10s.") var tolerance: String?
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            let entries = try composition.schedule(file).schedules.filter(\.enabled)
            let length = try DurationParser.milliseconds(length)
            let slack = try tolerance.map { try DurationParser.milliseconds($0) }
            let given = try given(entries)
            let told = broker ?? composition.settings["CELERY_BROKER_URL"]
            let address = try told.isEmpty ? composition.settings.redisAddress() : RedisAddress(told)
            let listener = BeatListener(address: address, queues: queues, logger: composition.logger)
            let heard = try await listener.listen(for: .milliseconds(length))
            let map = given.merging(Self.guessed(heard.messages, entries)) { told, _ in told }
            let comparison = ShadowComparison(
                entries: entries, map: map, messages: heard.messages, in: heard.window, tolerance: slack)
            let text = ShadowText(
                comparison: comparison, heard: heard,
                silent: entries.map(\.name).filter { !Set(map.values).contains($0) })
            if json { Terminal.printDocument(text.document) } else { text.printText() }
            if !comparison.agrees || !comparison.hasEvidence { throw ExitCode(1) }
        }

        private func given(_ entries: [ScheduleEntry]) throws -> [String: String] {
            var found: [String: String] = [:]
            for word in map {
                let halves = word.split(separator: "=", maxSplits: 1).map(String.init)
                guard halves.count == 2 else {
                    throw CommandFailure(.usage, "'\(Shown.line(word))' does not fit --map. Write TASK=ENTRY.")
                }
                guard entries.contains(where: { $0.name == halves[1] }) else {
                    throw Schedule.unknown(halves[1], entries)
                }
                found[halves[0]] = halves[1]
            }
            return found
        }

        /// `app.tasks.trading_tasks.update_trade_statuses` is the entry `update-trade-statuses`, if there is one.
        static func guessed(_ messages: [BeatMessage], _ entries: [ScheduleEntry]) -> [String: String] {
            var found: [String: String] = [:]
            for task in Set(messages.map(\.task)) {
                let word = (task.split(separator: ".").last.map(String.init) ?? task).replacing("_", with: "-")
                let names = [word, word.hasSuffix("-task") ? String(word.dropLast(5)) : word]
                if let entry = entries.first(where: { names.contains($0.name) }) { found[task] = entry.name }
            }
            return found
        }
    }
}

/// What was heard, and how.
struct HeardMessages {
    var messages: [BeatMessage]
    /// Unix milliseconds by the clock of the broker's Redis.
    var window: Range<Int64>
    /// Messages that an event told of; the others were seen in a list.
    var byEvent: Int
    var queues: [String]
}

/// Hears what is sent to a Celery broker. Reads alone.
struct BeatListener {
    let address: RedisAddress
    let queues: [String]
    let logger: Logger

    /// How often the lists are looked at, and how much of each.
    private static let pause = Duration.milliseconds(100)
    private static let depth = 1_000
    /// Messages that are remembered at most.
    private static let limit = 200_000
    private static let separator = "\u{06}\u{16}"

    func listen(for length: Duration) async throws -> HeardMessages {
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
        var word = WaitingWord(silence: .seconds(2))
        while now < start + length.milliseconds {
            let waited = Duration.milliseconds(now - start)
            if word.isDue(after: waited) {
                let left = Shown.age(milliseconds: start + length.milliseconds - now)
                word.say("listening for another \(left): \(listed.count) messages seen", about: [], waited)
            }
            for message in try await look(client, names, at: now) where known.insert(message.id).inserted {
                if listed.count < Self.limit { listed[message.id] = message }
            }
            try await Following.sleep(for: Self.pause)
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
