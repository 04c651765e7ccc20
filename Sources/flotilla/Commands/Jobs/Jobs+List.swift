import ArgumentParser
import Documents
import JobQueue
import Time

extension Jobs {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List jobs in any state.",
            discussion: """
                Filters combine with AND. Works with all workers dead.
                Examples:
                  flotilla jobs list --state running
                  flotilla jobs list --queue evaluation --since 10m -o wide
                """, aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @Option(help: "Only this queue.") var queue: String?
        @Option(help: "Only this state.") var state: String?
        @Option(help: "Only this kind.") var kind: String?
        @Option(help: "Only where the last error has this text.") var error: String?
        @Option(help: "Only those that were enqueued, started or ended within this time, such as 1h.")
        var since: String?
        @Option(help: "At most this many of each queue and state.") var limit = 50
        @OptionGroup var form: OutputForm

        /// Jobs of each queue and state that are looked at for a filter; the number bounds this process' memory.
        private static let searched = 10_000

        func run() async throws {
            let states = try check()
            let form = try form.chosen()
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                var after: Int64?
                if let since {
                    let age = try DurationParser.milliseconds(since)
                    after = try await broker.clock.now() - age
                }
                JobTable(composition).show(try await find(states, after: after, broker), as: form)
            }
        }

        private func find(_ states: [JobState], after: Int64?, _ broker: Broker) async throws -> [StoredJob] {
            let inspector = QueueInspector(broker: broker)
            let isFiltered = kind != nil || error != nil || after != nil
            // One more tells whether there are more.
            let most = isFiltered ? max(limit, Self.searched) : limit + 1
            var jobs: [StoredJob] = []
            for name in try await inspector.queues() where queue == nil || name.description == queue {
                for state in states {
                    let found = try await inspector.jobs(in: name, state: state, limit: most)
                    if isFiltered, found.count == most {
                        Terminal.complain("Only the first \(most) \(state.rawValue) jobs of '\(name)' were looked at.")
                    }
                    let fitting = found.filter { fits($0, after) }
                    if fitting.count > limit {
                        let total = isFiltered ? fitting.count : try await inspector.count(of: state, in: name)
                        let all = total.map { "\($0)" } ?? "more"
                        Terminal.complain(
                            "Showing \(limit) of \(all) \(state.rawValue) jobs of '\(name)'; --limit shows others.")
                    }
                    jobs += fitting.prefix(limit)
                }
            }
            return jobs
        }

        private func fits(_ job: StoredJob, _ after: Int64?) -> Bool {
            let last =
                [job.envelope.enqueuedMilliseconds, job.startedMilliseconds, job.envelope.finishedMilliseconds]
                .compactMap { $0 }.max() ?? 0
            return (kind == nil || job.envelope.kind.description == kind)
                && (error.map { job.failure?.message.contains($0) == true } ?? true)
                && (after.map { last >= $0 } ?? true)
        }

        /// Before Redis is asked.
        private func check() throws -> [JobState] {
            guard (1...10_000).contains(limit) else {
                throw CommandFailure(.usage, "--limit is \(limit). Use 1 to 10000.")
            }
            if let queue { _ = try QueueName(queue) }
            if let kind { _ = try JobKind(kind) }
            if let since { _ = try DurationParser.milliseconds(since) }
            guard error != "" else { throw CommandFailure(.usage, "--error is empty. Give a part of the message.") }
            guard let state else { return JobState.allCases }
            guard let known = JobState(rawValue: state) else {
                let names = JobState.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure(.usage, "No state is called '\(Shown.line(state))'. Use one of: \(names).")
            }
            return [known]
        }
    }
}
