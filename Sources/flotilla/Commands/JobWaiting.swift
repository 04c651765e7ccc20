import JobQueue

/// Waits for jobs to end and passes their end on.
struct JobWaiting {
    let broker: Broker
    let asJSON: Bool

    /// Shows the jobs when all have ended: one document for one, an array for several.
    /// - Throws: `CommandFailure` with status `failed` unless all have succeeded.
    func end(of ids: [JobID]) async throws {
        var jobs: [StoredJob] = []
        for id in ids { jobs.append(try await end(of: id)) }
        if asJSON {
            let documents = jobs.map { JobDocument(job: $0, queueAttempts: RetryPolicy().attempts).document }
            (documents.count == 1 ? documents[0] : .array(documents)).printDocument()
        } else {
            for job in jobs { print("\(job.id) \(job.state.rawValue)") }
        }
        let bad = jobs.filter { $0.state != .succeeded }
        guard let first = bad.first else { return }
        let reason = first.failure.map { Shown.line($0.message, 2_000) } ?? "The job ended as \(first.state.rawValue)."
        throw CommandFailure(.failed, jobs.count == 1 ? reason : "\(bad.count) of \(jobs.count) jobs: \(reason)")
    }

    private func end(of id: JobID) async throws -> StoredJob {
        let inspector = QueueInspector(broker: broker)
        while true {
            guard let job = try await inspector.job(id) else {
                throw CommandFailure(.notFound, "Job '\(id)' is not remembered any more. Look in 'flotilla jobs list'.")
            }
            if job.state.isFinal { return job }
            try await ContinuousClock().sleep(for: .milliseconds(50))
        }
    }
}
