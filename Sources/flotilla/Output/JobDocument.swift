import JobQueue

/// A job as `--json` shows it; the field names are part of the contract.
struct JobDocument {
    let job: StoredJob
    /// Attempts that its queue gives when it has no number of its own.
    let queueAttempts: Int
    /// The holds that keep it from running; nil when the caller did not read them.
    var holds: (list: [Hold], now: Int64)?

    var document: JSONDocument {
        let envelope = job.envelope
        let options = JobOptions(text: envelope.options)
        return .object([
            ("id", .string(job.id.description)), ("kind", .string(envelope.kind.description)),
            ("queue", .string(job.queue.description)), ("state", .string(job.state.rawValue)),
            ("priority", .int(envelope.priority)), ("args", .raw(String(decoding: envelope.payload, as: UTF8.self))),
            ("attempt", .int(attempt)), ("max_attempts", .int(options.maxAttempts ?? queueAttempts)),
            ("enqueued_at", .time(envelope.enqueuedMilliseconds)), ("run_at", .time(job.dueMilliseconds)),
            ("started_at", .time(job.startedMilliseconds)), ("finished_at", .time(envelope.finishedMilliseconds)),
            ("worker", .optional(job.worker)), ("error", error), ("result", result),
            ("parent_id", .optional(options.parentID)), ("origin", .optional(options.origin)),
            ("schedule", .optional(options.schedule)), ("held", .optional(heldBecause)),
            ("holds", holdsDocument),
            ("crashes", .int(envelope.crashes)), ("losses", .int(envelope.losses)),
            ("history", .array(job.timeline.map(\.document))),
        ])
    }

    /// Nothing holds what runs or is over; of any other job it has to be asked for.
    private var holdsDocument: JSONDocument {
        if job.state.isFinal || job.state == .running { return .array([]) }
        return holds.map { .array($0.list.map(\.document)) } ?? .null
    }

    /// Why it does not run, in words; nil for a job that only waits for its time or turn.
    var heldBecause: String? {
        job.heldBecause
            ?? holds.flatMap { holds in
                holds.list.first { !$0.isOrdinary }.map { $0.sentence(at: holds.now, jobs: "it") }
            }
    }

    /// The number of the attempt that runs or ran last; 0 before the first.
    var attempt: Int {
        switch job.state {
        case .running, .succeeded: job.envelope.attempts + 1
        default: job.envelope.attempts
        }
    }

    private var error: JSONDocument {
        guard let failure = job.failure else { return .null }
        return .object([
            ("type", .string(failure.type)), ("message", .string(failure.message)),
            ("fingerprint", .string(failure.fingerprint)), ("at", .time(failure.at)),
        ])
    }

    private var result: JSONDocument {
        let outcome = job.envelope.outcome
        guard outcome.hasPrefix("{\"result\":"), outcome.hasSuffix("}") else { return .null }
        return .raw(String(outcome.dropFirst(10).dropLast()))
    }
}

extension StoredJob {
    /// Why a job that could run was put off; nil for one that was not.
    var heldBecause: String? {
        guard state == .scheduled || state == .ready, let last = timeline.last, last.event == "postponed" else {
            return nil
        }
        return last.detail
    }
}

extension JobEvent {
    var document: JSONDocument {
        .object([
            ("at", .time(at)), ("event", .string(event)), ("attempt", attempt.map { .int($0) } ?? .null),
            ("worker", .optional(worker)), ("detail", .optional(detail)),
        ])
    }
}

extension QueueCounts {
    var document: JSONDocument {
        .object([
            ("name", .string(name)), ("ready", .int(ready)), ("running", .int(running)), ("scheduled", .int(scheduled)),
            ("retrying", .int(retrying)), ("parked", .int(parked)), ("waiting", .int(waiting)), ("dead", .int(dead)),
            ("paused", .bool(pausedBecause != nil)),
            ("paused_reason", .optional(pausedBecause)), ("paused_until", .time(pausedUntilMilliseconds)),
            ("oldest_wait_ms", .int(Int(oldestWaitMilliseconds))),
            ("processed_1m", .int(processedLastMinute)), ("failed_1m", .int(failedLastMinute)),
            ("enqueued", .int(enqueued)), ("succeeded", .int(succeeded)), ("crashes", .int(crashes)),
            ("losses", .int(losses)),
            ("ticks_skipped", .int(ticksSkipped)),
        ])
    }
}
