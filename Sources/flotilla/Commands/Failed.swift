import ArgumentParser
import JobQueue

struct Failed: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Dead jobs: given up, and kept until a person decides.",
        subcommands: [
            List.self, Groups.self, Show.self, Retry.self, Edit.self, Discard.self, Export.self, Trim.self,
        ], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List dead jobs, newest first.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: DeadSelection
        @OptionGroup var form: OutputForm

        func run() async throws {
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                let jobs = try await selection.jobs(broker, orAll: true)
                try JobTable(composition).show(jobs, as: form.chosen())
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
                let jobs = try await DeadSelection.all(broker)
                let groups = Dictionary(grouping: jobs) { "\($0.failure?.fingerprint ?? "")\t\($0.envelope.kind)" }
                    .values.map(FailureGroup.init).sorted { ($1.jobs.count, $0.lastAt) < ($0.jobs.count, $1.lastAt) }
                if json { return JSONDocument.array(groups.map(\.document)).printDocument() }
                Terminal.printTable(
                    ["GROUP", "KIND", "COUNT", "LAST", "MESSAGE"],
                    groups.map {
                        [
                            $0.fingerprint, $0.kind, "\($0.jobs.count)", Timestamp.text($0.lastAt),
                            Shown.line($0.message),
                        ]
                    })
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
                guard let job = try await QueueInspector(broker: broker).job(try JobID(id)), job.state == .dead else {
                    throw CommandFailure(.notFound, "No dead job '\(id)' is kept. Look in 'flotilla failed list'.")
                }
                try JobTable(composition).showOne(job, asJSON: json)
            }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove dead jobs for good.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: DeadSelection
        @OptionGroup var consent: Consent

        func run() async throws {
            try selection.check(orAll: false)
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                guard let jobs = try await selection.agreed(composition, consent, broker, verb: "discard")
                else { return }
                var count = 0
                for (queue, group) in Dictionary(grouping: jobs, by: \.queue) {
                    count += try await broker.discardDead(group.map(\.id), in: queue)
                }
                guard consent.json else { return print("discarded: \(count)") }
                JSONDocument.object([
                    ("discard", .int(count)), ("ids", .array(jobs.map { .string($0.id.description) })),
                ]).printDocument()
            }
        }
    }
}

/// Dead jobs of one kind with one fingerprint.
private struct FailureGroup {
    let jobs: [StoredJob]

    var fingerprint: String { jobs.first?.failure?.fingerprint ?? "" }
    var kind: String { jobs.first?.envelope.kind.description ?? "" }
    var message: String { jobs.first?.failure?.message ?? "" }
    var lastAt: Int64 { jobs.compactMap(\.envelope.finishedMilliseconds).max() ?? 0 }
    var firstAt: Int64 { jobs.compactMap(\.envelope.finishedMilliseconds).min() ?? 0 }

    var document: JSONDocument {
        .object([
            ("fingerprint", .string(fingerprint)), ("kind", .string(kind)), ("message", .string(message)),
            ("count", .int(jobs.count)), ("first_at", .time(firstAt)), ("last_at", .time(lastAt)),
            ("sample_id", .optional(jobs.first?.id.description)),
        ])
    }
}
