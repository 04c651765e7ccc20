import ArgumentParser
import Documents
import JobQueue
import Operations

extension Jobs {
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget jobs that are over, in any final state.",
            discussion: """
                All of them or, when one is not over or not remembered, none. A dead one counts as discarded.
                Example:
                  flotilla jobs delete 01J9ZK4M5N 01J9ZK4M5P --yes
                """, aliases: ["rm"])

        @OptionGroup var common: CommonOptions
        @Argument(help: "Their ids.") var ids: [String]
        @OptionGroup var consent: ConfirmationOptions

        func run() async throws {
            var ids: [JobID] = []
            for text in self.ids {
                let id = try JobID(text)
                if !ids.contains(id) { ids.append(id) }
            }
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                let jobs = try await find(ids, broker)
                if consent.dryRun {
                    return JobTable(composition).show(jobs, as: consent.json ? .json : .table)
                }
                if jobs.count > 1 {
                    let sample = jobs.prefix(3).map { "  \($0.id) \($0.state.rawValue)" }.joined(separator: "\n")
                    if !consent.yes { Terminal.complain("\(jobs.count) jobs, such as:\n\(sample)") }
                    try consent.demand("Forget \(jobs.count) jobs?")
                }
                var answers: [(id: JobID, isDeleted: Bool)] = []
                for job in jobs {
                    let acting = FleetOperator.here(broker).acting("job.delete", on: job.id.description)
                    let isDeleted =
                        job.state == .dead
                        ? try await acting.deadLetters.discardDead([job.id], in: job.queue) == 1
                        : try await acting.deadLetters.forgetFinished(job.id, in: job.queue)
                    answers.append((job.id, isDeleted))
                }
                try report(answers)
            }
        }

        /// The jobs, all of them over.
        private func find(_ ids: [JobID], _ broker: Broker) async throws -> [StoredJob] {
            var jobs: [StoredJob] = []
            for id in ids {
                // The id of a job that was deleted in the ready list stays there until its turn; it is no job any more.
                guard let job = try await JobChoice.find(id.description, broker) else {
                    throw CommandFailure(
                        .notFound, "No job '\(id)' is remembered; nothing was deleted. Look in 'flotilla jobs list'.")
                }
                guard job.state.isFinal else {
                    throw CommandFailure(
                        .refused,
                        "Job '\(id)' is \(job.state.rawValue); nothing was deleted. "
                            + "End it first, with 'flotilla jobs cancel \(id)'.")
                }
                if !jobs.contains(where: { $0.id == job.id }) { jobs.append(job) }
            }
            return jobs
        }

        private func report(_ answers: [(id: JobID, isDeleted: Bool)]) throws {
            if consent.json {
                Terminal.printDocument(
                    answers.map { JobAnswerDocument($0.id, answer: $0.isDeleted ? "deleted" : "changed") })
            } else {
                for answer in answers { print("\(answer.id) \(answer.isDeleted ? "deleted" : "changed")") }
            }
            guard answers.allSatisfy(\.isDeleted) else {
                throw CommandFailure(
                    .changed, "Some jobs have changed since they were looked at. See 'flotilla jobs show'.")
            }
        }
    }
}
