import ArgumentParser
import Foundation
import JobQueue
import Scheduler

struct Jobs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Jobs in any state.", subcommands: [List.self, Show.self, Cancel.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List jobs.", aliases: ["ls"])

        @OptionGroup var common: CommonOptions
        @Option(help: "Only this queue.") var queue: String?
        @Option(help: "Only this state.") var state: String?
        @Option(help: "Only this kind.") var kind: String?
        @Option(help: "At most this many of each queue and state.") var limit = 50
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            guard (1...10_000).contains(limit) else {
                throw CommandFailure(.usage, "--limit is \(limit). Use 1 to 10000.")
            }
            let states = try chosenStates()
            try await composition.withBroker { broker in
                let inspector = QueueInspector(broker: broker)
                var jobs: [StoredJob] = []
                for name in try await inspector.queues() where queue == nil || name.description == queue {
                    for state in states { jobs += try await inspector.jobs(in: name, state: state, limit: limit) }
                }
                if let kind { jobs = jobs.filter { $0.envelope.kind.description == kind } }
                try JobTable(composition).show(jobs, asJSON: json)
            }
        }

        private func chosenStates() throws -> [JobState] {
            guard let state else { return JobState.allCases }
            guard let known = JobState(rawValue: state) else {
                let names = JobState.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure(.usage, "No state is called '\(state)'. Use one of: \(names).")
            }
            return [known]
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Everything about one job.", aliases: ["get"])

        @OptionGroup var common: CommonOptions
        @Argument(help: "Its id.") var id: String
        @Flag(help: "One JSON document on stdout.") var json = false

        func run() async throws {
            let composition = try Composition(common)
            try await composition.withBroker { broker in
                guard let job = try await QueueInspector(broker: broker).job(try JobID(id)) else {
                    throw CommandFailure(.notFound, "No job '\(id)' is remembered. Look in 'flotilla jobs list'.")
                }
                try JobTable(composition).showOne(job, asJSON: json)
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
                let inspector = QueueInspector(broker: broker)
                for id in ids {
                    guard let job = try await inspector.job(id) else {
                        answers.append((id, .missing))
                        continue
                    }
                    answers.append((id, try await broker.cancel(id, in: job.queue)))
                }
            }
            report(answers)
            guard answers.allSatisfy({ $0.1 != .missing }) else {
                throw CommandFailure(.notFound, "Some jobs are not remembered. Look in 'flotilla jobs list'.")
            }
            guard answers.allSatisfy({ $0.1 != .finished }) else {
                throw CommandFailure(.failed, "Some jobs had finished before. Look at them with 'flotilla jobs show'.")
            }
        }

        private func report(_ answers: [(JobID, CancelAnswer)]) {
            if json {
                JSONDocument.array(
                    answers.map { .object([("id", .string($0.0.description)), ("answer", .string($0.1.rawValue))]) }
                ).printDocument()
            } else {
                for (id, answer) in answers { print("\(id) \(answer.rawValue)") }
            }
        }
    }
}

/// Jobs in a table, or as documents.
struct JobTable {
    private let attempts: [String: Int]

    init(_ composition: Composition) {
        let file = try? composition.schedule()
        attempts = Dictionary((file?.queues ?? []).map { ($0.name, $0.retry.attempts) }, uniquingKeysWith: { $1 })
    }

    func document(_ job: StoredJob) -> JobDocument {
        JobDocument(job: job, queueAttempts: attempts[job.queue.description] ?? RetryPolicy().attempts)
    }

    func show(_ jobs: [StoredJob], asJSON: Bool) throws {
        guard !asJSON else { return JSONDocument.array(jobs.map { document($0).document }).printDocument() }
        Terminal.printTable(
            ["ID", "KIND", "QUEUE", "STATE", "ATTEMPT", "ENQUEUED", "ERROR"],
            jobs.map { job in
                [
                    job.id.description, job.envelope.kind.description, job.queue.description, job.state.rawValue,
                    "\(document(job).attempt)", Timestamp.text(job.envelope.enqueuedMilliseconds),
                    Shown.line(job.failure?.message ?? ""),
                ]
            })
    }

    func showOne(_ job: StoredJob, asJSON: Bool) throws {
        guard !asJSON else { return document(job).document.printDocument() }
        let options = JobOptions(text: job.envelope.options)
        let lines: [(String, String?)] = [
            ("id", job.id.description), ("kind", job.envelope.kind.description), ("queue", job.queue.description),
            ("state", job.state.rawValue), ("attempt", "\(document(job).attempt)"),
            ("crashes", job.envelope.crashes == 0 ? nil : "\(job.envelope.crashes)"),
            ("due", job.dueMilliseconds.map(Timestamp.text)), ("worker", job.worker), ("parent", options.parentID),
            ("schedule", options.tick ?? options.schedule),
            ("args", String(decoding: job.envelope.payload, as: UTF8.self)),
            ("outcome", job.envelope.outcome.isEmpty ? nil : job.envelope.outcome),
        ]
        for (name, value) in lines {
            if let value { print(name.padding(toLength: 10, withPad: " ", startingAt: 0) + value) }
        }
        print("")
        Terminal.printTable(
            ["AT", "EVENT", "ATTEMPT", "WORKER", "DETAIL"],
            job.timeline.map { event in
                [
                    Timestamp.text(event.at), event.event, event.attempt.map { "\($0)" } ?? "", event.worker ?? "",
                    Shown.line(event.detail ?? "", 80),
                ]
            })
    }
}
