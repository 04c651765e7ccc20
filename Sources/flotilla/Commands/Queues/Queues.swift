import ArgumentParser
import Documents
import JobQueue
import Operations
import Time

struct Queues: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Queues: their numbers, and whether workers take from them.",
        subcommands: [List.self, Pause.self, Resume.self, Purge.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "The numbers of every queue.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                let view = composition.fleetView(broker)
                let fleet = try await FleetHolds(await view.schedule(), view)
                let queues = try await fleet.readings(QueueInspector(broker: broker))
                if json { return Terminal.printDocument(queues.map(\.document)) }
                Terminal.printTable(
                    [
                        "QUEUE", "READY", "RUNNING", "SCHEDULED", "RETRYING", "PARKED", "WAITING", "DEAD", "ENQUEUED",
                        "SUCCEEDED", "STATE",
                    ],
                    queues.map { reading in
                        let queue = reading.counts
                        return [
                            queue.name, "\(queue.ready)", "\(queue.running)", "\(queue.scheduled)",
                            "\(queue.retrying)", "\(queue.parked)", "\(queue.waiting)", "\(queue.dead)",
                            "\(queue.enqueued)", "\(queue.succeeded)", reading.state,
                        ]
                    })
                queues.lines(at: fleet.now, withOrdinary: true).forEach { print($0) }
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
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let length = try duration.map { Duration.milliseconds(try DurationParser.milliseconds($0)) }
            try await Composition(common).withBroker { broker in
                let name = try await Queues.known(queue, broker)
                try await FleetOperator.here(broker).pause(name, for: length, why: reason)
                guard json else { return print("paused \(queue)") }
                Terminal.printDocument(
                    QueuePauseDocument(try await QueueInspector(broker: broker).counts(of: name)))
            }
        }
    }

    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Let workers take jobs of a queue again.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its name.") var queue: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            try await Composition(common).withBroker { broker in
                let name = try await Queues.known(queue, broker)
                let changed = try await FleetOperator.here(broker).resume(name)
                guard json else { return print(changed ? "resumed \(queue)" : "\(queue) was not paused") }
                Terminal.printDocument(QueueResumeDocument(name, changed: changed))
            }
        }
    }

    struct Purge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove every job that waits in a queue. Jobs that run or are dead stay.",
            discussion: """
                The bin keeps what was removed for a day, as far as it has room: 'flotilla operations undo' brings it
                back. A purge of many jobs goes in steps; 'flotilla operations abort' ends it, and so does Ctrl-C.
                """)

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its name.") var queue: String
        @Flag(help: "Keep nothing in the bin: this cannot be undone.") var forGood = false
        @OptionGroup var consent: ConfirmationOptions

        func run() async throws {
            try await Composition(common).withBroker { broker in
                let name = try await Queues.known(queue, broker)
                let counts = try await QueueInspector(broker: broker).counts(of: name)
                let waiting = counts.ready + counts.scheduled + counts.retrying + counts.parked
                let room = forGood ? 0 : try await OperatorBin(broker: broker).room(in: name)
                if !consent.yes, !consent.json, room < waiting {
                    Terminal.complain(
                        forGood
                            ? "This cannot be undone."
                            : "The bin has room for \(room) of \(waiting): the others cannot be brought back.")
                }
                if !consent.dryRun {
                    try consent.demand("Remove \(waiting) waiting jobs of '\(queue)'\(forGood ? " for good" : "")?")
                }
                let removed = consent.dryRun ? 0 : try await purge(name, waiting, broker)
                if consent.json {
                    Terminal.printDocument(PurgeDocument(waiting: waiting, purged: removed))
                } else {
                    print(consent.dryRun ? "would purge: \(waiting)" : "purged: \(removed)")
                }
                if !consent.dryRun, removed < waiting {
                    Terminal.complain(
                        "\(waiting - removed) of \(waiting) were not removed: they had been taken or had ended before "
                            + "their turn came, or the purge was ended.")
                }
            }
        }

        /// - Returns: how many jobs were removed.
        private func purge(_ name: QueueName, _ waiting: Int, _ broker: Broker) async throws -> Int {
            let handle = try await BulkHandle.begin("queue.purge", on: queue, waiting, broker)
            let fleet = FleetOperator.here(broker)
            let forGood = forGood
            guard let handle else { return try await fleet.purge(name, isForGood: forGood) }
            let removed = try await StopSignals.cancelling {
                do {
                    return try await fleet.purge(name, isForGood: forGood) { await handle.note($0) }
                } catch {
                    // The signal came between two steps.
                    guard Task.isCancelled else { throw error }
                    return await handle.done
                }
            }
            let left = try await QueueInspector(broker: broker).counts(of: name)
            let isWhole = left.ready + left.scheduled + left.retrying + left.parked == 0 || removed >= waiting
            try await handle.end(isWhole, done: removed, failed: 0)
            return removed
        }
    }

    /// - Throws: `CommandFailure` with status `notFound` for a queue that never had a job or a worker.
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
