import ArgumentParser
import Documents
import Foundation
import JobQueue
import Operations
import Time

/// What people changed at this fleet.
struct OperationsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "operations", abstract: "What people changed at this fleet.", subcommands: [Log.self],
        defaultSubcommand: Log.self)

    struct Log: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Who changed what, when and why, newest first; written in the same step as the change.")

        @OptionGroup var common: CommonOptions
        @Option(help: "Only changes of this time until now, such as 1h.") var since: String?
        @Option(help: "At most so many, 1 to 1000.") var limit = 50
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            guard (1...1_000).contains(limit) else {
                throw CommandFailure(.usage, "--limit is \(limit). Use 1 to 1000.")
            }
            let age = try since.map { try DurationParser.milliseconds($0) }
            try await Composition(common).withBroker { broker in
                let now = try await broker.clock.now()
                let entries = try await OperatorLog(broker: broker)
                    .entries(limit: limit, since: age.map { now - $0 })
                if json { return Terminal.printDocument(entries.map { OperatorLogEntryDocument($0) }) }
                Terminal.printTable(
                    ["AT", "WHO", "ACTION", "TARGET", "BEFORE", "AFTER", "WHY"],
                    entries.map { entry in
                        [
                            Timestamp.text(entry.at), entry.who, entry.action, entry.target,
                            Shown.line(entry.before, 40), Shown.line(entry.after, 40), entry.why,
                        ]
                    })
            }
        }
    }
}

extension FleetOperator {
    /// The person at this terminal.
    static func here(_ broker: Broker) -> FleetOperator {
        FleetOperator("\(NSUserName())@\(ServiceRunner.host)", broker: broker)
    }
}
