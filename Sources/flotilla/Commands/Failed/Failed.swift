import ArgumentParser
import Documents
import JobQueue
import Operations

struct Failed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Dead jobs: given up, and kept until a person decides.",
        subcommands: [
            List.self, Groups.self, Show.self, Retry.self, Edit.self, Discard.self, Bin.self, Export.self, Trim.self,
        ], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List dead jobs, newest first.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: DeadSelection
        @Option(help: "At most this many; 0 for all.") var limit = 100
        @OptionGroup var form: OutputForm

        func run() async throws {
            guard (0...1_000_000).contains(limit) else {
                throw CommandFailure(.usage, "--limit is \(limit). Use 1 to 1000000, or 0 for all.")
            }
            let form = try form.chosen()
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                let jobs = try await selection.newest(broker, limit: limit)
                JobTable(composition).show(jobs, as: form)
            }
        }
    }

    struct Groups: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Dead jobs by what went wrong.")

        @OptionGroup var common: CommonOptions
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                let found = try await broker.deadLetters.groups(in: try await QueueInspector(broker: broker).queues())
                let documents = found.groups.map { FailureGroupDocument($0, isEstimate: found.isEstimate) }
                if json { return Terminal.printDocument(documents) }
                Terminal.printTable(
                    ["GROUP", "KIND", "COUNT", "LAST", "MESSAGE"],
                    found.groups.map {
                        [
                            $0.fingerprint, $0.kind, (found.isEstimate ? "~" : "") + "\($0.count)",
                            Timestamp.text($0.lastMilliseconds), Shown.line($0.message),
                        ]
                    })
                guard found.isEstimate else { return }
                Terminal.complain(
                    "Counts with ~ are estimates: \(found.looked) of \(found.total) dead jobs were looked at, spread "
                        + "over all of them. A group of a few jobs may be missing.")
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Everything about one dead job.", aliases: ["get"])

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its id.") var id: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                guard let job = try await JobChoice.find(id, state: .dead, broker), job.state == .dead else {
                    throw CommandFailure(.notFound, "No dead job '\(id)' is kept. Look in 'flotilla failed list'.")
                }
                let (holds, now) = try await JobHolds(composition.fleetView(broker)).read(job)
                try JobTable(composition).showOne(job, holds: holds, now: now, asJSON: json)
            }
        }
    }
}
