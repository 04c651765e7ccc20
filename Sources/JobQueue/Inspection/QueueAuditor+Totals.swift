import Redis

/// Sums and counters.
///
/// The keys allow two equations. Every job that died is dead, was requeued or was discarded. Every job that was
/// enqueued has a record, was discarded, or was removed after it had finished; so was every job that succeeded, was
/// cancelled or expired and is neither in the list of finished jobs nor cancelled in the ready list. How many of the
/// removed jobs succeeded, and how many attempts failed or crashed, stands only in the counters themselves.
extension QueueAuditor {
    /// The counters and lengths of a queue at one moment.
    private struct Totals {
        var records = 0
        var places: [Int] = []
        var wake = 0
        var meta: [String: String] = [:]

        /// A counter that another program has written is a finding of its own, and must not overflow in sums.
        func counter(_ name: String) -> Int { min(max(Int(meta[name] ?? "") ?? 0, -1 << 53), 1 << 53) }
        func place(_ name: String) -> Int { places[AuditLayout.index(of: name)] }
        /// Jobs whose records operators removed.
        var removed: Int { counter("discarded") + counter("purged") }
    }

    func metaFields(of queue: QueueName) async throws(JobQueueError) -> [String: String] {
        try fields(try await runner.send(["HGETALL", .text(runner.keyspace.of(queue).meta)]))
    }

    private func fields(_ reply: RedisValue) throws(JobQueueError) -> [String: String] {
        try runner.decode { () throws(RedisError) in
            var fields: [String: String] = [:]
            for (name, value) in try reply.pairs(of: "HGETALL") { fields[name] = try value.shownText(of: "HGETALL") }
            return fields
        }
    }

    func auditTotals(
        of queue: QueueName, _ claimants: Set<WorkerID>, alsoSum: Bool, _ report: inout AuditReport
    ) async throws(JobQueueError) {
        guard let totals = try await totals(of: queue, claimants) else {
            return report.untold.append("Workers of queue '\(queue)' come too fast for its sums. Run the audit again.")
        }
        let sum = totals.places.reduce(0, +)
        if alsoSum, sum != totals.records {
            report.add(.sum, queue: queue, seen: "\(totals.records) records and \(sum) jobs in all places")
        }
        if totals.wake > Self.wakeLimit {
            report.add(.wake, queue: queue, seen: "\(totals.wake) wake-ups")
        }
        for name in Self.counterNames {
            if let text = totals.meta[name], Int(text).map({ $0 >= 0 }) != true {
                report.add(.counters, queue: queue, id: name, seen: "'\(text)', which is no count")
            }
        }
        let died = totals.counter("died")
        let gone = totals.place("dead") + totals.counter("requeued") + totals.counter("discarded")
        if died != gone {
            report.add(
                .counters, queue: queue, id: "died",
                seen: "\(died) died, and \(gone) are dead, were requeued or discarded")
        }
        let forgotten = totals.counter("enqueued") - totals.removed - totals.records
        let ended = totals.counter("succeeded") + totals.counter("cancelled") + totals.counter("expired")
        let forgottenToo = ended - totals.place("done") - totals.counter("tombstones")
        if forgotten != forgottenToo || forgotten < 0 {
            report.add(
                .counters, queue: queue, id: "enqueued",
                seen: "\(forgotten) jobs forgotten by the number enqueued, \(forgottenToo) by the number ended")
        }
    }

    private static let counterNames = [
        "fence", "enqueued", "succeeded", "cancelled", "expired", "died", "requeued", "discarded", "purged", "crashes",
        "failed_attempts", "ticks_skipped", "tombstones", "coalesced", "dropped", "losses",
    ]

    /// Nil when workers joined at every try.
    private func totals(of queue: QueueName, _ claimants: Set<WorkerID>) async throws(JobQueueError) -> Totals? {
        let keys = runner.keyspace.of(queue)
        var claimants = claimants
        for _ in 0..<8 {
            var commands: [RedisCommand] = [
                ["ZRANGE", .text(keys.leases), 0, -1], ["HLEN", .text(keys.jobs)], ["LLEN", .text(keys.wake)],
                ["HGETALL", .text(keys.meta)],
            ]
            commands += AuditLayout.places.map { [$0.form == .list ? "LLEN" : "ZCARD", .text($0.key(keys))] }
            commands += claimants.map { ["HLEN", .text(keys.running($0))] }
            let replies = try await atomically(commands)
            let holders = try runner.decode { () throws(RedisError) in try replies[0].strings(of: "ZRANGE") }
            let known = claimants.count
            claimants.formUnion(holders.map { WorkerID(unchecked: $0) })
            guard claimants.count == known else { continue }
            var totals = Totals()
            totals.meta = try fields(replies[3])
            var lengths = try runner.decode { () throws(RedisError) in
                totals.records = try replies[1].int(of: "HLEN")
                totals.wake = try replies[2].int(of: "LLEN")
                var lengths: [Int] = []
                for reply in replies.dropFirst(4) { lengths.append(try reply.int(of: "LLEN")) }
                return lengths
            }
            let running = lengths.dropFirst(AuditLayout.running).reduce(0, +)
            lengths.removeLast(lengths.count - AuditLayout.running)
            totals.places = lengths + [running]
            return totals
        }
        return nil
    }

    /// Compares the crashes and lost leases in records with the counters, which only grow: the sum of the records may
    /// be less, because jobs were retried or removed, and never more.
    func auditBlame(
        of queue: QueueName, _ sums: BlameSums, _ report: inout AuditReport
    ) async throws(JobQueueError) {
        let meta = try await metaFields(of: queue)
        for (name, sum) in [("crashes", sums.crashes), ("losses", sums.losses)] {
            let told = Int(meta[name] ?? "0") ?? 0
            guard sum > told else { continue }
            report.add(
                .counters, queue: queue, id: name, seen: "records tell of \(sum) \(name), the counter says \(told)")
        }
    }

    /// Compares the number of cancelled jobs in the ready list with their counter, if the queue did not change during
    /// the count.
    func auditTombstones(
        of queue: QueueName, counted: Int, _ before: [String: String], _ report: inout AuditReport
    ) async throws(JobQueueError) {
        let told = Int(before["tombstones"] ?? "") ?? 0
        guard told != counted else { return }
        guard try await metaFields(of: queue) == before else {
            return report.untold.append(
                "Queue '\(queue)' worked while its cancelled jobs were counted: \(counted) seen, \(told) told.")
        }
        report.add(
            .counters, queue: queue, id: "tombstones",
            seen: "\(counted) cancelled jobs in line, the counter says \(told)")
    }
}

/// The crashes and lost leases in the records of a queue.
struct BlameSums {
    private(set) var crashes = 0
    private(set) var losses = 0

    mutating func add(_ record: RedisValue, of id: String) {
        guard case .bulk(let bytes) = record, let envelope = try? JobEnvelope(record: bytes, id: id) else { return }
        // A loss of a worker that never came back becomes a crash: such a crash is in both counters.
        crashes += envelope.crashes
        losses += envelope.losses + envelope.missing.count
    }
}
