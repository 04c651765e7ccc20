import ArgumentParser
import Documents
import JobQueue
import Operations

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
                var found: [String: FailureGroup] = [:]
                try await DeadSelection.eachPage(broker) { jobs in
                    for job in jobs {
                        let name = "\(job.failure?.fingerprint ?? "")\t\(job.envelope.kind)"
                        found[name, default: FailureGroup(job)].add(job)
                    }
                }
                let groups = found.values.sorted { ($1.count, $0.lastAt) < ($0.count, $1.lastAt) }
                if json { return Terminal.printDocument(groups.map(\.document)) }
                Terminal.printTable(
                    ["GROUP", "KIND", "COUNT", "LAST", "MESSAGE"],
                    groups.map {
                        [
                            $0.fingerprint, $0.kind, "\($0.count)", Timestamp.text($0.lastAt),
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
                guard let job = try await JobChoice.find(id, state: .dead, broker), job.state == .dead else {
                    throw CommandFailure(.notFound, "No dead job '\(id)' is kept. Look in 'flotilla failed list'.")
                }
                let (holds, now) = try await JobHolds(composition.fleetView(broker)).read(job)
                try JobTable(composition).showOne(job, holds: holds, now: now, asJSON: json)
            }
        }
    }

    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Remove dead jobs for good.")

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: DeadSelection
        @OptionGroup var consent: ConfirmationOptions

        func run() async throws {
            try selection.check(orAll: false)
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                guard let jobs = try await selection.agreed(composition, consent, broker, verb: "discard")
                else { return }
                var (gone, kept): ([JobID], [JobID]) = ([], [])
                for (queue, group) in Dictionary(grouping: jobs, by: \.queue) {
                    let ids = group.map(\.id)
                    for (id, isGone) in zip(ids, try await FleetOperator.here(broker).discard(ids, in: queue)) {
                        if isGone { gone.append(id) } else { kept.append(id) }
                    }
                }
                try report(gone, kept)
            }
        }

        private func report(_ gone: [JobID], _ kept: [JobID]) throws {
            if consent.json {
                Terminal.printDocument(DeadDiscardDocument(discarded: gone, kept: kept))
            } else {
                print("discarded: \(gone.count)")
            }
            guard let first = kept.first else { return }
            throw CommandFailure(
                .failed,
                "\(kept.count) of \(gone.count + kept.count) jobs were not discarded, because they are "
                    + "not dead any more; the first: \(first). See 'flotilla jobs show \(first)'.")
        }
    }
}

/// Dead jobs of one kind with one fingerprint.
private struct FailureGroup {
    let fingerprint, kind: String
    /// Of the one that died last.
    private(set) var message = ""
    private(set) var sample = ""
    private(set) var count = 0
    private(set) var firstAt = Int64.max
    private(set) var lastAt = Int64.min

    init(_ job: StoredJob) {
        fingerprint = job.failure?.fingerprint ?? ""
        kind = job.envelope.kind.description
    }

    mutating func add(_ job: StoredJob) {
        let died = job.envelope.finishedMilliseconds ?? 0
        count += 1
        firstAt = min(firstAt, died)
        guard died >= lastAt else { return }
        (lastAt, message, sample) = (died, job.failure?.message ?? "", job.id.description)
    }

    var document: FailureGroupDocument {
        FailureGroupDocument(
            fingerprint: fingerprint, kind: kind, message: message, count: count, firstAt: firstAt, lastAt: lastAt,
            sampleID: sample)
    }
}
