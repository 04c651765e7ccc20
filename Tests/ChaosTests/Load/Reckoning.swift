import JobQueue

/// Compares what was accepted with how it ended and what it left behind.
struct Reckoning {
    let accepted: [String: Load.Accepted]
    let endings: [String: FinishedJobs.Ending]
    /// By value, how often it stands in the list of values, and in that of the children.
    let values: [String: Int]
    let childValues: [String: Int]

    /// Accepted jobs, the children they had to make, and what the schedule enqueued.
    private(set) var jobs = 0
    /// Work of which no trace is left.
    private(set) var lost: [String] = []
    /// Ends and values of jobs that nobody has enqueued.
    private(set) var strangers: [String] = []
    /// Jobs that ended otherwise than they had to.
    private(set) var wrong: [String] = []
    /// Jobs whose end nobody saw, because Redis had forgotten it before the next look; their values are there.
    private(set) var unseen = 0
    /// Runs beyond the first: after a worker had lost the job, and after an attempt that failed or was put off.
    private(set) var againAfterCrash = 0
    private(set) var againAfterFailure = 0
    /// Jobs that ran more often than their history explains.
    private(set) var unexplained: [String] = []

    init(
        accepted: [String: Load.Accepted], endings: [String: FinishedJobs.Ending], values: [String: Int],
        childValues: [String: Int] = [:]
    ) {
        (self.accepted, self.endings) = (accepted, endings)
        (self.values, self.childValues) = (values, childValues)
        jobs = accepted.count
        for (id, job) in accepted { reckon(id, job.purpose) }
        strangers = values.keys.filter { accepted[$0] == nil } + childValues.keys.filter { accepted[$0] == nil }
        strangers += endings.keys.filter { accepted[$0] == nil && !isTick($0) && !isChild($0) }
        for (id, ending) in endings where isTick(id) && ending.mark != .succeeded { wrong.append(id) }
        jobs += endings.keys.count { isTick($0) }
    }

    /// Events of a job whose worker died, or lost its lease.
    static let lostWorker = ["crashed", "lease-lost"]

    var again: Int { againAfterCrash + againAfterFailure }

    func isTick(_ id: String) -> Bool { id.contains("@") }

    /// `<parent>:<number>` of a job that makes children.
    private func isChild(_ id: String) -> Bool {
        let parts = id.split(separator: ":")
        guard parts.count == 2, case .spawn(let children) = accepted[String(parts[0])]?.purpose else { return false }
        return Int(parts[1]).map { $0 < children } ?? false
    }

    private mutating func reckon(_ id: String, _ purpose: Purpose) {
        if let ending = endings[id] {
            if ending.mark != (purpose.endsDead ? .dead : .succeeded) { wrong.append(id) }
        } else {
            unseen += 1
        }
        switch purpose {
        case .record:
            guard let runs = values[id] else { return lost.append(id) }
            explain(runs - 1, of: [id])
        case .spawn(let children):
            let ids = (0..<children).map { "\(id):\($0)" }
            jobs += children
            for child in ids {
                guard let ending = endings[child] else {
                    unseen += 1
                    continue
                }
                if ending.mark != .succeeded { wrong.append(child) }
            }
            let runs = childValues[id] ?? 0
            guard runs >= children else { return lost.append(id) }
            explain(runs - children, of: ids)
        case .sleep, .fail, .failForGood, .crash, .crashForGood:
            break
        }
    }

    private mutating func explain(_ extra: Int, of ids: [String]) {
        guard extra > 0 else { return }
        // Without a history there is nothing to judge by; such a job is counted as unseen.
        guard ids.allSatisfy({ endings[$0] != nil }) else { return }
        let crashes = reasons(Self.lostWorker, ids)
        let failures = reasons(["failed", "postponed"], ids)
        againAfterCrash += min(extra, crashes)
        againAfterFailure += min(max(0, extra - crashes), failures)
        if extra > crashes + failures { unexplained += ids }
    }

    func reasons(_ events: [String], _ ids: [String]) -> Int {
        ids.reduce(0) { sum, id in sum + events.reduce(0) { $0 + (endings[id]?.events[$1] ?? 0) } }
    }

    /// The stored records of some jobs, for a failure's message.
    func records(of ids: [String]) -> String {
        ids.prefix(4).map { "\($0): \(endings[$0]?.record ?? "no record")" }.joined(separator: "\n")
    }
}
