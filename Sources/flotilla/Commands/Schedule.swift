import ArgumentParser
import Foundation
import JobQueue
import Scheduler

struct Schedule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What runs when.",
        subcommands: [
            Check.self, Test.self, Plan.self, Apply.self, Rollback.self, Next.self, Simulate.self, List.self, Run.self,
            ImportCelery.self, Shadow.self,
        ],
        defaultSubcommand: List.self)

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
