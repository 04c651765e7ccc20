/// The figures of one run.
struct ChaosReport {
    let seed: UInt64
    let length: Duration
    let jobs: Reckoning
    let ticks: TickReckoning
    let faults: [FaultRecord]
    let misses: [String]
    /// When jobs finished, unix milliseconds, in order.
    let finishes: [Int64]
    let endedTwice: [String]
    let batchesSentAgain: Int
    let batchesRefused: Int
    /// Late settlements that were refused, and leases that their workers found lost.
    let refusedSettlements: Int
    let leasesLost: Int
    /// Ticks left out, as the queue has counted them.
    let ticksSkipped: Int
    /// What the audit says.
    let audit: String
    /// How long each edit took to reach every live worker that could hear, milliseconds; nil: it never did.
    let edits: [Int64?]
    /// Of the fleet in the other database: jobs, those cancelled while they ran, and those that are left.
    let neighbour: (jobs: Int, cancelled: Int, left: [String])
    /// Looks at the queues that took Redis more than a second: when, and how many milliseconds.
    let slowLooks: [(at: Int64, milliseconds: Int64)]

    /// How long after a fault was mended the next job was completed, milliseconds; the longest with its fault. While
    /// Redis itself is away nothing can be completed: then it counts from its return.
    var slowestRecovery: (fault: String, milliseconds: Int64) {
        let outages = faults.filter { $0.kind.subject == .redis }
        let recoveries = faults.map { fault in
            let back = outages.filter { $0.began <= fault.ended && fault.ended < $0.ended }.map(\.ended).max()
            return (fault.kind.rawValue, wait(from: back ?? fault.ended))
        }
        return recoveries.max { $0.1 < $1.1 } ?? ("no fault", 0)
    }

    /// The same from the beginning of the faults of one kind: what a user of the queue has to wait.
    private func longestOutage(_ kind: FaultKind) -> Int64 {
        faults.filter { $0.kind == kind }.map { wait(from: $0.began) }.max() ?? 0
    }

    /// The longest time without a completed job, whatever the reason.
    var longestSilence: Int64 { zip(finishes, finishes.dropFirst()).map { $1 - $0 }.max() ?? 0 }

    /// From a moment to the next completed job; zero when none came, as at the end.
    private func wait(from time: Int64) -> Int64 {
        var (low, high) = (0, finishes.count)
        while low < high {
            let middle = (low + high) / 2
            if finishes[middle] > time { high = middle } else { low = middle + 1 }
        }
        return low < finishes.count ? finishes[low] - time : 0
    }

    /// One line for each figure.
    var table: String {
        var rows = [
            ("seed, length", "\(seed), \(length)"), ("jobs", "\(jobs.jobs)"),
            ("batches sent again", "\(batchesSentAgain), \(batchesRefused) of them refused by a full Redis"),
            ("faults", "\(faults.count)" + (misses.isEmpty ? "" : ", and \(misses.count) that met nothing")),
        ]
        for kind in FaultKind.allCases {
            let count = faults.count { $0.kind == kind }
            rows.append(("  \(kind.rawValue)", "\(count); next job within \(longestOutage(kind)) ms"))
        }
        let recovery = slowestRecovery
        rows += [
            ("lost", "\(jobs.lost.count)"), ("jobs that nobody enqueued", "\(jobs.strangers.count)"),
            ("ended otherwise than they had to", "\(jobs.wrong.count)"), ("ended twice", "\(endedTwice.count)"),
            ("end not seen, value there", "\(jobs.unseen)"),
            (
                "ran again",
                "\(jobs.again): \(jobs.againAfterCrash) after a lost worker, \(jobs.againAfterFailure) after a failure"
            ),
            ("ran again without a reason", "\(jobs.unexplained.count)"),
            ("late settlements refused", "\(refusedSettlements); leases found lost: \(leasesLost)"),
            ("ticks", "\(ticks.ticks) of \(ticks.seconds) seconds; \(ticks.jobs) made a job"),
            ("ticks without a job", "\(ticks.missed), counted \(ticksSkipped); holes in the history: \(ticks.holes)"),
            ("ticks lost; run again, explained", "\(ticks.lost); \(ticks.again), \(ticks.againExplained)"),
            ("next job after a fault was mended", "\(recovery.milliseconds) ms (\(recovery.fault))"),
            (
                "edits of the schedule",
                "\(edits.count); obeyed by all workers within \(edits.compactMap(\.self).max() ?? 0) ms"
            ),
            (
                "neighbour in another database",
                "\(neighbour.jobs) jobs of the same ids, \(neighbour.cancelled) cancelled, \(neighbour.left.count) left"
            ),
            ("longest time without a job", "\(longestSilence) ms"), ("audit", audit),
        ]
        let width = rows.map(\.0.count).max() ?? 0
        return rows.map { $0.0 + String(repeating: " ", count: width - $0.0.count) + "  " + $0.1 }
            .joined(separator: "\n")
    }
}
