import ArgumentParser
import Foundation
import JobQueue
import Scheduler

struct Schedule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What runs when.",
        subcommands: [
            Check.self, Plan.self, Apply.self, Rollback.self, Next.self, Simulate.self, Shadow.self, List.self,
            Run.self,
        ],
        defaultSubcommand: List.self)

    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say whether a schedule file is valid; needs nothing but the file.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The file; else the one in force.") var file: String?
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            let path = file ?? composition.settings.schedulesPath
            do {
                let parsed = try composition.schedule(path)
                guard json else {
                    return print(
                        "\(path) is valid: \(parsed.schedules.count) schedules, \(parsed.queues.count) queues, "
                            + "\(parsed.pools.count) pools, \(parsed.limits.count) limits")
                }
                JSONDocument.object([("valid", .bool(true)), ("problems", .array([]))]).printDocument()
            } catch {
                if json, case SchedulerError.invalidFile(_, let problems) = error {
                    JSONDocument.object([
                        ("valid", .bool(false)),
                        (
                            "problems",
                            .array(
                                problems.map {
                                    .object([
                                        ("line", .int($0.line)), ("column", .int($0.column)),
                                        ("message", .string($0.message)),
                                    ])
                                })
                        ),
                    ]).printDocument()
                }
                throw error
            }
        }
    }

    struct Next: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "The next ticks of all entries, of one, or of a cron expression.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Only this entry.") var name: String?
        @Option(help: "A cron expression instead of the file's entries.") var cron: String?
        @Option(help: "Its time zone.") var timezone = "UTC"
        @Option(help: "From this time on, RFC 3339; else from now.") var from: String?
        @Option(help: "How many.") var count = 10
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            guard (1...10_000).contains(count) else {
                throw CommandFailure(.usage, "--count is \(count). Use 1 to 10000.")
            }
            let start =
                try from.map { text in
                    guard let time = Timestamp.milliseconds(text) else {
                        throw CommandFailure(.usage, "'\(text)' is not a time. Write it like 2026-01-31T08:00:00Z.")
                    }
                    return time
                } ?? Int64(Date().timeIntervalSince1970 * 1_000)
            let ticks = try ticks(after: start)
            if json {
                return JSONDocument.array(
                    ticks.map { .object(($0.name.map { [("name", .string($0))] } ?? []) + [("at", .time($0.at))]) }
                ).printDocument()
            }
            Terminal.printTable(["AT", "ENTRY"], ticks.map { [Timestamp.text($0.at), $0.name ?? ""] })
        }

        private func ticks(after start: Int64) throws -> [(name: String?, at: Int64)] {
            var cadences: [(name: String?, cadence: Cadence)] = []
            if let cron {
                let zone = try TimeZoneDatabase().rules(named: timezone)
                cadences = [(nil, .cron(try CronExpression(cron), zone))]
            } else {
                let entries = try Composition(common).schedule().schedules
                let chosen = name.map { wanted in entries.filter { $0.name == wanted } } ?? entries.filter(\.enabled)
                guard name == nil || !chosen.isEmpty else { throw Schedule.unknown(name ?? "", entries) }
                cadences = chosen.map { ($0.name, $0.cadence) }
            }
            var ticks: [(name: String?, at: Int64)] = []
            for (name, cadence) in cadences {
                var time = start
                for _ in 0..<count {
                    guard let next = cadence.next(after: time) else { break }
                    ticks.append((name, next))
                    time = next
                }
            }
            return Array(ticks.sorted { ($0.at, $0.name ?? "") < ($1.at, $1.name ?? "") }.prefix(count))
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Every entry with its last and next tick.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            let entries = try composition.schedule().schedules
            let queues = try Set(entries.map { try QueueName($0.queue) })
            let (now, last) = try await composition.withBroker { broker in
                (try await broker.clock.now(), try await broker.lastTicks(of: entries.map(\.name), in: Array(queues)))
            }
            if json {
                return JSONDocument.array(
                    entries.map { entry in
                        .object([
                            ("name", .string(entry.name)), ("job", .string(entry.job)), ("queue", .string(entry.queue)),
                            ("enabled", .bool(entry.enabled)), ("args", .raw(entry.argsJSON)),
                            ("last_at", .time(last[entry.name])),
                            ("next_at", .time(entry.enabled ? entry.cadence.next(after: now) : nil)),
                        ])
                    }
                ).printDocument()
            }
            Terminal.printTable(
                ["ENTRY", "JOB", "QUEUE", "LAST", "NEXT"],
                entries.map { entry in
                    [
                        entry.name, entry.job, entry.queue,
                        last[entry.name].map { Shown.age(milliseconds: now - $0) + " ago" } ?? "-",
                        entry.enabled
                            ? entry.cadence.next(after: now).map { "in " + Shown.age(milliseconds: $0 - now) }
                                ?? "never" : "disabled",
                    ]
                })
        }
    }

    struct Run: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Enqueue an entry's job now. Its regular ticks do not move.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "The entry.") var name: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            let entries = try composition.schedule().schedules
            guard let entry = entries.first(where: { $0.name == name }) else { throw Schedule.unknown(name, entries) }
            try await composition.withBroker { broker in
                let made = try await broker.enqueue(try EntryJob(entry: entry).job(id: nil))
                guard json else { return print(made.id) }
                JSONDocument.object([("id", .string(made.id.description)), ("queue", .string(made.queue.description))])
                    .printDocument()
            }
        }
    }

    static func unknown(_ name: String, _ entries: [ScheduleEntry]) -> CommandFailure {
        CommandFailure(
            .notFound, "No schedule is called '\(name)'. There are: \(entries.map(\.name).joined(separator: ", ")).")
    }
}
