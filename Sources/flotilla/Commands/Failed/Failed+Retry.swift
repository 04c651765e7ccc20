import ArgumentParser
import Documents
import JobQueue
import Operations
import Time

extension Failed {
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make dead jobs ready again, with all their attempts.",
            discussion: """
                Selectors combine with AND. Ctrl-C between two steps leaves the rest dead.
                Examples:
                  flotilla failed retry 01J9ZK4M5N
                  flotilla failed retry --group 5f0c1e22 --canary 3 --yes
                  flotilla failed retry --queue evaluation --since 1h --rate 5/s --yes
                """)

        @OptionGroup var common: CommonOptions
        @OptionGroup var selection: DeadSelection
        @Option(
            help: "So many go first; the rest follows when all have succeeded, in steps of 1, 2, 4 … or by --rate.")
        var canary: Int?
        @Option(help: "So many in so much time, such as 5/s; without it, all at once.") var rate: String?
        @Option(
            name: [.customLong("patience"), .customLong("timeout")],
            help: "How long the canaries, and each step after them, may take until they are over.")
        var patience = "5m"
        @OptionGroup var consent: ConfirmationOptions

        func run() async throws {
            let pace = try pace()
            try selection.check(orAll: false)
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                guard let jobs = try await selection.agreed(composition, consent, broker, .retry) else { return }
                let progress = ReplayReport(composition, broker)
                let target = jobs.count == 1 ? jobs[0].id.description : "\(jobs.count) jobs"
                let acting = FleetOperator.here(broker).acting("dead.retry", on: target)
                let handle = try await BulkHandle.begin("dead.retry", on: target, jobs.count, broker)
                let chosen = handle == nil || pace.isStepwise ? pace : BulkHandle.pace
                let replay = DeadLetterReplay(broker: acting, clock: ContinuousClock(), pace: chosen) { moment in
                    await progress.note(moment)
                    // Ends the replay as a signal does.
                    if let handle, await !handle.note(moment.released) { withUnsafeCurrentTask { $0?.cancel() } }
                }
                let outcome =
                    chosen.isStepwise
                    ? try await StopSignals.cancelling { await replay.run(jobs) } : await replay.run(jobs)
                try await handle?.end(outcome.stop == nil, done: outcome.count, failed: outcome.kept.count)
                try report(outcome, of: jobs.count)
            }
        }

        private func pace() throws -> ReplayPace {
            if let canary, !(1...1_000).contains(canary) {
                throw CommandFailure(.usage, "--canary is \(canary). Use 1 to 1000.")
            }
            return ReplayPace(
                canaries: canary ?? 0, perSecond: try rate.map { try DurationParser.rate($0).perSecond },
                patience: .milliseconds(try DurationParser.milliseconds(patience)))
        }

        private func report(_ outcome: ReplayOutcome, of selected: Int) throws {
            if case .unavailable(let error) = outcome.stop, outcome.retried.isEmpty { throw error }
            let stillDead =
                outcome.diedAgain + outcome.kept.filter { $0.answer != .notDead }.map(\.id) + outcome.remaining
            if consent.json {
                Terminal.printDocument(
                    DeadRetryDocument(
                        outcome, selected: selected, stillDead: stillDead,
                        kept: outcome.kept.map { KeptJobDocument($0, message: $0.sentence) },
                        stopped: outcome.stop.map { ReplayStopDocument($0, message: $0.sentence) }))
            } else {
                print("made ready: \(outcome.count)")
                for job in outcome.kept.prefix(20) { Terminal.complain("\(job.id) stays: \(job.sentence)") }
                if outcome.kept.count > 20 { Terminal.complain("and \(outcome.kept.count - 20) more stay.") }
            }
            guard let stop = outcome.stop else {
                guard outcome.kept.isEmpty else {
                    throw CommandFailure(
                        .failed,
                        "\(outcome.kept.count) of \(selected) jobs were not made ready; "
                            + "\(outcome.count) were. The first: \(outcome.kept[0].id), \(outcome.kept[0].sentence)")
                }
                return
            }
            let again = outcome.diedAgain.isEmpty ? "" : ", \(outcome.diedAgain.count) of them died again"
            throw CommandFailure(
                stop.status,
                "Stopped: \(stop.sentence) \(outcome.count) were made ready\(again); \(stillDead.count) of \(selected) "
                    + "remain dead. Look at them with 'flotilla failed groups'.")
        }
    }
}

extension KeptJob {
    /// Why it stays as it is.
    var sentence: String {
        switch answer {
        case .ready: "it is ready."
        case .notDead: "it is not dead any more. See 'flotilla jobs show \(id)'."
        case .keyHeld(let holder):
            "job \(holder) holds its unique key and is not over. Retry it when that one has ended, or cancel that one."
        }
    }
}

extension ReplayStop {
    var status: ExitStatus {
        if case .unavailable = self { .unreachable } else { .failed }
    }

    var sentence: String {
        switch self {
        case .failed(let id, let message):
            "job \(id) failed: \(Shown.line(message, 200))\(message.hasSuffix(".") ? "" : ".")"
        case .notSucceeded(let id, let state?): "job \(id) ended as \(state.rawValue)."
        case .notSucceeded(let id, nil): "job \(id) is not remembered any more."
        case .notOver(let id, let patience): "job \(id) is not over after \(patience)."
        case .interrupted: "it was interrupted."
        case .unavailable(let error): "\(error)"
        }
    }
}
