import ArgumentParser
import JobQueue
import Scheduler

struct Queues: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Queues: their numbers, and whether workers take from them.",
        subcommands: [List.self, Pause.self, Resume.self, Purge.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The numbers of every queue.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            try await Composition(common).withBroker { broker in
                let inspector = QueueInspector(broker: broker)
                var queues: [QueueCounts] = []
                for name in try await inspector.queues() { queues.append(try await inspector.counts(of: name)) }
                if json { return JSONDocument.array(queues.map(\.document)).printDocument() }
                Terminal.printTable(
                    ["QUEUE", "READY", "RUNNING", "SCHEDULED", "RETRYING", "DEAD", "ENQUEUED", "SUCCEEDED", "STATE"],
                    queues.map {
                        [
                            $0.name, "\($0.ready)", "\($0.running)", "\($0.scheduled)", "\($0.retrying)", "\($0.dead)",
                            "\($0.enqueued)", "\($0.succeeded)",
                            $0.pausedBecause.map { "paused: " + Shown.line($0) } ?? "ok",
                        ]
                    })
            }
        }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Let no worker take jobs of a queue. Jobs that run go on; waiting costs no attempt.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its name.") var queue: String
        @Option(help: "Why, for those who wonder.") var reason = ""
        @Option(name: .customLong("for"), help: "How long, such as 1h; else until it is resumed.") var duration: String?

        func run() async throws {
            let length = try duration.map { Duration.milliseconds(try Quantity.milliseconds($0)) }
            try await Composition(common).withBroker { broker in
                let name = try await Queues.known(queue, broker)
                try await broker.pause(name, for: length, reason: reason)
                print("paused \(queue)")
            }
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let workers take jobs of a queue again.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its name.") var queue: String

        func run() async throws {
            try await Composition(common).withBroker { broker in
                let name = try await Queues.known(queue, broker)
                print(try await broker.resume(name) ? "resumed \(queue)" : "\(queue) was not paused")
            }
        }
    }

    struct Purge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove every job that waits in a queue. Jobs that run or are dead stay.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its name.") var queue: String
        @OptionGroup var consent: Consent

        func run() async throws {
            try await Composition(common).withBroker { broker in
                let name = try await Queues.known(queue, broker)
                let counts = try await QueueInspector(broker: broker).counts(of: name)
                let waiting = counts.ready + counts.scheduled + counts.retrying + counts.parked
                if !consent.dryRun {
                    try consent.demand("Remove \(waiting) waiting jobs of '\(queue)' for good?")
                }
                let removed = consent.dryRun ? 0 : try await broker.purge(name)
                if consent.json {
                    JSONDocument.object([("waiting", .int(waiting)), ("purged", .int(removed))]).printDocument()
                } else {
                    print(consent.dryRun ? "would purge: \(waiting)" : "purged: \(removed)")
                }
                if !consent.dryRun, removed < waiting {
                    Terminal.complain(
                        "\(waiting - removed) of \(waiting) had been taken or ended before their turn came.")
                }
            }
        }
    }

    /// - Throws: `CommandFailure` with status `notFound` for a queue that nobody has used.
    static func known(_ text: String, _ broker: Broker) async throws -> QueueName {
        let name = try QueueName(text)
        let all = try await QueueInspector(broker: broker).queues()
        guard all.contains(name) else {
            let names = all.map(\.description).joined(separator: ", ")
            throw CommandFailure(.notFound, "No queue is called '\(text)'. There are: \(names).")
        }
        return name
    }
}
