import Documents
import Foundation
import JobQueue
import Operations
import ScheduleConfiguration

/// Jobs in a table, or as documents.
struct JobTable {
    private let attempts: [QueueName: Int]

    init(_ composition: Composition) {
        let file = try? composition.schedule()
        attempts = Dictionary((file?.queues ?? []).map { ($0.name, $0.retry.attempts) }, uniquingKeysWith: { $1 })
    }

    /// - Parameter holds: what keeps it from running, read at the time `now`, unix ms; nil when that was not read.
    func document(_ job: StoredJob, holds: (list: [Hold], now: Int64)? = nil) -> JobDocument {
        JobDocument(
            job, queueAttempts: attempts[job.queue] ?? RetryPolicy().attempts,
            holds: holds?.list.map(\.document), held: holds.flatMap { Hold.reason($0.list, at: $0.now) })
    }

    func show(_ jobs: [StoredJob], as form: OutputForm.Format) {
        switch form {
        case .json: Terminal.printDocument(jobs.map { document($0) })
        case .name: for job in jobs { print(job.id) }
        case .table: Terminal.printTable(Self.heads + ["ERROR"], jobs.map { cells($0) + [error(of: $0, 60)] })
        case .wide:
            Terminal.printTable(
                Self.heads + ["PRIORITY", "DUE", "FINISHED", "WORKER", "SCHEDULE", "GROUP", "ERROR"],
                jobs.map { cells($0) + moreCells($0) + [error(of: $0, 200)] })
        }
    }

    private static let heads = ["ID", "KIND", "QUEUE", "STATE", "ATTEMPT", "ENQUEUED"]

    private func cells(_ job: StoredJob) -> [String] {
        [
            job.id.description, job.envelope.kind.description, job.queue.description, job.state.rawValue,
            "\(job.attempt)", Timestamp.text(job.envelope.enqueuedMilliseconds),
        ]
    }

    private func moreCells(_ job: StoredJob) -> [String] {
        [
            "\(job.envelope.priority)", job.dueMilliseconds.map(Timestamp.text) ?? "",
            job.envelope.finishedMilliseconds.map(Timestamp.text) ?? "", job.worker ?? "",
            JobOptions(text: job.envelope.options).schedule ?? "", job.failure?.fingerprint ?? "",
        ]
    }

    private func error(of job: StoredJob, _ width: Int) -> String { Shown.line(job.failure?.message ?? "", width) }

    /// - Parameter holds: what keeps it from running, read at the time `now`, unix ms.
    func showOne(_ job: StoredJob, holds: [Hold], now: Int64, asJSON: Bool) throws {
        guard !asJSON else { return Terminal.printDocument(document(job, holds: (holds, now))) }
        let options = JobOptions(text: job.envelope.options)
        let lines: [(String, String?)] = [
            ("id", job.id.description), ("kind", job.envelope.kind.description), ("queue", job.queue.description),
            ("state", job.state.rawValue), ("attempt", "\(job.attempt)"),
            ("crashes", job.envelope.crashes == 0 ? nil : "\(job.envelope.crashes)"),
            ("held", job.heldBecause.map { Shown.line($0, 200) } ?? Self.text(holds, now)),
            ("remedy", holds.compactMap(\.remedy).first),
            ("lost leases", job.envelope.losses == 0 ? nil : "\(job.envelope.losses)"),
            ("due", job.dueMilliseconds.map(Timestamp.text)), ("worker", job.worker), ("parent", options.parentID),
            ("origin", options.origin),
            ("schedule", options.tick ?? options.schedule),
            ("args", Shown.lines(String(decoding: job.envelope.payload, as: UTF8.self))),
            ("outcome", job.envelope.outcome.isEmpty ? nil : Shown.lines(job.envelope.outcome)),
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

    private static func text(_ holds: [Hold], _ now: Int64) -> String? {
        holds.isEmpty ? nil : holds.map { $0.sentence(at: now, jobs: "it") }.joined(separator: "; ")
    }
}
