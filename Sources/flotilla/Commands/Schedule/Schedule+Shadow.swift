import ArgumentParser
import CeleryBridge
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
            let address = try told.isEmpty ? composition.settings.redisAddress() : RedisAddress(celery: told)
            let heard = try await listen(at: address, for: .milliseconds(length), composition.logger)
            let map = given.merging(Self.guessed(heard.messages, entries)) { told, _ in told }
            let comparison = ShadowComparison(
                entries: entries, map: map, messages: heard.messages, in: heard.window, tolerance: slack)
            let text = ShadowText(
                comparison: comparison, heard: heard,
                silent: entries.map(\.name).filter { !Set(map.values).contains($0) })
            if json { Terminal.printDocument(text.document) } else { text.printText() }
            if !comparison.agrees || !comparison.hasEvidence { throw ExitCode(1) }
        }

        private func listen(
            at address: RedisAddress, for length: Duration, _ logger: Logger
        ) async throws -> HeardMessages {
            var word = WaitingWord(silence: .seconds(2))
            let listener = BeatListener(
                address: address, queues: queues, logger: logger, sleep: { try await Following.sleep(for: $0) },
                progress: { seen, waited, left in
                    guard word.isDue(after: waited) else { return }
                    let left = Shown.age(milliseconds: left.milliseconds)
                    word.say("listening for another \(left): \(seen) messages seen", about: [], waited)
                })
            return try await listener.listen(for: length)
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
