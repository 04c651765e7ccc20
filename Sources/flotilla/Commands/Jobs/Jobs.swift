import ArgumentParser
import Documents
import JobQueue
import Operations

struct Jobs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Jobs in any state.", subcommands: [List.self, Show.self, Cancel.self, Delete.self],
        defaultSubcommand: List.self)

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Everything about one job.", aliases: ["get"])

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its id.") var id: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                guard let job = try await JobChoice.find(id, broker) else {
                    throw CommandFailure(.notFound, "No job '\(id)' is remembered. Look in 'flotilla jobs list'.")
                }
                let (holds, now) = try await JobHolds(composition.fleetView(broker)).read(job)
                try JobTable(composition).showOne(job, holds: holds, now: now, asJSON: json)
            }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Keep jobs from running, or ask their workers to stop them.")

        @OptionGroup var common: CommonOptions
        @Argument(help: "Their ids.") var ids: [String]
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            let ids = try ids.map { try JobID($0) }
            var answers: [(JobID, CancelAnswer)] = []
            try await composition.withBroker { broker in
                // All are found before any is cancelled: of a beginning that several ids have, none is.
                var jobs: [(JobID, StoredJob?)] = []
                for id in ids { jobs.append((id, try await JobChoice.find(id.description, broker))) }
                for (id, job) in jobs {
                    guard let job else {
                        answers.append((id, .missing))
                        continue
                    }
                    answers.append((job.id, try await FleetOperator.here(broker).cancel(job.id, in: job.queue)))
                }
            }
            report(answers)
            guard answers.allSatisfy({ $0.1 != .missing }) else {
                throw CommandFailure(.notFound, "Some jobs are not remembered. Look in 'flotilla jobs list'.")
            }
            guard answers.allSatisfy({ $0.1 != .again }) else {
                throw CommandFailure(.failed, "Workers came faster than they could be asked. Run the command again.")
            }
            guard answers.allSatisfy({ $0.1 != .finished }) else {
                throw CommandFailure(.failed, "Some jobs had finished before. Look at them with 'flotilla jobs show'.")
            }
        }

        private func report(_ answers: [(JobID, CancelAnswer)]) {
            if json {
                Terminal.printDocument(answers.map { JobAnswerDocument($0.0, answer: $0.1.rawValue) })
            } else {
                for (id, answer) in answers { print("\(id) \(answer.rawValue)") }
            }
        }
    }
}
