import ArgumentParser
import Fleet
import Foundation
import JobQueue
import Logging
import ScheduleConfiguration
import Scheduler
import Time

extension Bench {
    struct Timetable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "schedule",
            abstract: "How long planning takes, how long 'next' takes, and how late ticks are while the fleet is busy.")

        @Option(help: "Entries that are planned at once.") var entries = 10_000
        @Option(help: "How long the ticks of an entry that ticks each second are watched, in seconds.") var seconds = 60
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            try await BenchPlace.measure(asJSON: json) { place in
                [try planning()] + (try nextTimes()) + (try await lateness(place))
            }
        }

        /// A plan in which one entry in a hundred is due.
        private func planning() throws -> BenchRow {
            let now: Int64 = 1_795_435_200_001
            let zone = try TimeZoneDatabase().rules(named: "Europe/Berlin")
            let expressions = ["0 8 * * MON-FRI", "*/5 * * * *", "30 2 L * *", "0 0 29 2 MON", "15 3 * * 5#2"]
            var list: [ScheduleEntry] = []
            var handled: [String: Int64] = [:]
            for number in 0..<entries {
                let cadence: Cadence =
                    number % 2 == 0
                    ? .every(milliseconds: 60_000 + Int64(number % 50) * 1_000, offset: 0)
                    : .cron(try CronExpression(expressions[number / 2 % expressions.count]), zone)
                let entry = ScheduleEntry(name: "e\(number)", job: "bench", queue: "test", cadence: cadence)
                list.append(entry)
                let isDue = number % 100 == 0
                handled[entry.name] = isDue ? (entry.cadence.next(after: now - 60_000) ?? now) - 1 : now - 1
            }
            let planner = TickPlanner(entries: list, limit: entries)
            let (best, plan) = shortest(of: 5) { planner.plan(lastHandled: handled, now: now) }
            return BenchRow("planning \(entries) entries", best, "ms", note: "\(plan.ticks.count) due")
        }

        private func nextTimes() throws -> [BenchRow] {
            let zone = try TimeZoneDatabase().rules(named: "America/New_York")
            let rows = try ["*/5 * * * *", "0 0 29 2 MON", "0 0 31 * *", "59 59 23 31 12 *", "0 0 LW * *"].map { text in
                let expression = try CronExpression(text, dayRule: .all)
                let (best, _) = shortest(of: 20) { expression.next(after: 1_795_435_200, in: zone) }
                return BenchRow("next of '\(text)'", best, "ms")
            }
            return rows + [BenchRow("the slowest next", rows.map(\.value).max() ?? 0, "ms")]
        }

        private func shortest<Value>(of times: Int, _ body: () -> Value) -> (milliseconds: Double, value: Value) {
            var best = Double.infinity
            var value = body()
            for _ in 0..<times {
                let start = ContinuousClock.now
                value = body()
                best = min(best, start.duration(to: .now) / .milliseconds(1))
            }
            return (best, value)
        }

        /// A scheduler of this process, whose ticks are watched while a worker drains a backlog.
        private func lateness(_ place: BenchPlace) async throws -> [BenchRow] {
            var file = ScheduleFile()
            file.schedules = [
                ScheduleEntry(
                    name: "each-second", job: BenchPlace.kind, queue: place.queue.description,
                    cadence: .every(milliseconds: 1_000, offset: 0), overlap: .allow)
            ]
            let loaded = LoadedSchedule(file: file, text: "bench")
            let parts = SchedulerService.Parts(
                broker: place.broker, holder: "bench", reload: { _ in nil }, parse: { _ in loaded.file },
                localNow: { Int64(Date().timeIntervalSince1970 * 1_000) },
                logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
            let service = SchedulerService(parts, schedule: loaded)
            let worker = try place.worker(slots: 16)
            let records = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await service.run() }
                let end = ContinuousClock.now + .seconds(seconds)
                while .now < end {
                    if try await QueueInspector(broker: place.broker).counts(of: place.queue).ready < 20_000 {
                        try await place.fill(20_000)
                    }
                    try await ContinuousClock().sleep(for: .milliseconds(200))
                }
                group.cancelAll()
                return try await place.broker.schedules.tickHistory(of: "each-second", in: [place.queue]).records
            }
            worker.signal(SIGTERM)
            _ = await worker.exit()
            let late = records.map { Double($0.at - $0.nominal) }.sorted()
            guard !late.isEmpty else {
                throw CommandFailure(.failed, "Nothing ticked. Watch for longer: --seconds 60.")
            }
            return [
                BenchRow("ticks of an entry each second", Double(records.reduce(0) { $0 + $1.count }), ""),
                BenchRow("lateness, median", late[late.count / 2], "ms"),
                BenchRow("lateness, p99", late[min(late.count - 1, late.count * 99 / 100)], "ms"),
                BenchRow("lateness, worst", late[late.count - 1], "ms"),
            ]
        }
    }
}
