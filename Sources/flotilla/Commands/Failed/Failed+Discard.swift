import ArgumentParser
import Documents
import JobQueue
import Operations

extension Failed {
    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Remove dead jobs; the bin keeps them for a day.",
            discussion: """
                'flotilla operations undo' brings them back. Many jobs go in steps; 'flotilla operations abort' ends
                that, and so does Ctrl-C. The same command again goes on with the rest.
                Examples:
                  flotilla failed discard --group 5f0c1e22 --yes
                  flotilla failed discard --queue evaluation --since 1h --dry-run
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: DeadSelection
        @Flag(help: "Keep nothing in the bin: this cannot be undone.") var forGood = false
        @OptionGroup var consent: ConfirmationOptions

        func run() async throws {
            try selection.check(orAll: false)
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                guard
                    let jobs = try await selection.agreed(
                        composition, consent, broker, forGood ? .discardForGood : .discard)
                else { return }
                let target = jobs.count == 1 ? jobs[0].id.description : "\(jobs.count) jobs"
                let fleet = FleetOperator.here(broker)
                let acting = fleet.acting("dead.discard", on: target, isForGood: forGood)
                let bulk = fleet.bulk("dead.discard", on: target, clock: ContinuousClock())
                let answers = Answers()
                let outcome = try await StopSignals.cancelling {
                    try await bulk.run(
                        BulkStep.steps(of: jobs), total: jobs.count, onBegin: BulkHandle.announce
                    ) { step throws(JobQueueError) in
                        let gone = try await acting.deadLetters.discard(step.ids, in: step.queue)
                        await answers.add(zip(step.ids, gone).map { ($0, $1) })
                        return gone.count { $0 }
                    }
                }
                try await report(answers.gone, answers.kept, outcome)
            }
        }

        private func report(_ gone: [JobID], _ kept: [JobID], _ outcome: BulkOutcome) throws {
            if consent.json {
                Terminal.printDocument(DeadDiscardDocument(discarded: gone, kept: kept))
            } else {
                print("discarded: \(gone.count)")
            }
            if outcome.left > 0 {
                throw CommandFailure(
                    .failed,
                    "Aborted by \(outcome.abortedBy ?? "a signal"): \(outcome.left) of \(outcome.total) jobs are still "
                        + "dead. The same command again goes on with them.")
            }
            guard let first = kept.first else { return }
            throw CommandFailure(
                .failed,
                "\(kept.count) of \(gone.count + kept.count) jobs were not discarded, because they are "
                    + "not dead any more; the first: \(first). See 'flotilla jobs show \(first)'.")
        }
    }

    struct Bin: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "What was removed or moved by hand within the last day, and can be brought back.",
            discussion: "'flotilla operations undo' brings back what one operation did.")

        @OptionGroup var common: CommonOptions
        @Option(help: "Only this queue.") var queue: String?
        @Option(help: "At most so many of each queue, 1 to 10000.") var limit = 50
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            guard (1...10_000).contains(limit) else {
                throw CommandFailure(.usage, "--limit is \(limit). Use 1 to 10000.")
            }
            try await Composition(common).withBroker { broker in
                let only: QueueName? = if let queue { try await Queues.known(queue, broker) } else { nil }
                var jobs: [BinnedJob] = []
                for name in try await QueueInspector(broker: broker).queues() where only == nil || only == name {
                    jobs += try await OperatorBin(broker: broker).jobs(in: name, limit: limit)
                }
                if json { return Terminal.printDocument(jobs.map { BinnedJobDocument($0) }) }
                Terminal.printTable(
                    ["OPERATION", "ID", "QUEUE", "KIND", "WAS", "ARGS"],
                    jobs.map { job in
                        [
                            job.operation, job.id.description, job.queue.description,
                            job.envelope?.kind.description ?? "", job.place,
                            Shown.line(String(decoding: job.envelope?.payload ?? [], as: UTF8.self), 60),
                        ]
                    })
            }
        }
    }
}

/// Which jobs were discarded, and which were not dead any more.
///
/// Guards both while steps add to them.
private actor Answers {
    private(set) var gone: [JobID] = []
    private(set) var kept: [JobID] = []

    func add(_ answers: [(id: JobID, isGone: Bool)]) {
        gone += answers.filter(\.isGone).map(\.id)
        kept += answers.filter { !$0.isGone }.map(\.id)
    }
}
