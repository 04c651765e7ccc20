import JobQueue

/// What must be granted before jobs of a queue are claimed, so that a job that has to wait holds no slot and spends no
/// attempt: its circuit lets it through, and its tokens are there.
struct Admission: Sendable {
    let broker: Broker

    /// What was granted.
    struct Grant: Sendable {
        var jobs: Int
        /// When nothing was granted: how long to wait before asking again.
        var wait: Duration?
        /// Whether the circuit wants to hear of successes.
        var reportsSuccess = false
        /// What the circuit let through, where it counts that.
        fileprivate var admitted = 0
        /// What the buckets gave.
        fileprivate var tokens: TokenAnswer?

        fileprivate func later(_ milliseconds: Int) -> Grant {
            var grant = self
            grant.jobs = 0
            grant.wait = .milliseconds(max(milliseconds, 5))
            return grant
        }
    }

    /// Asks nothing of Redis when the queue has neither a circuit nor limits.
    /// - Parameter areThere: whether it is known that there are jobs; else the queue is asked first, so that nothing is
    ///   taken for no job.
    func grant(_ queue: ServedQueue, upTo wanted: Int, areThere: Bool) async throws(JobQueueError) -> Grant {
        var grant = Grant(jobs: wanted)
        let (rules, circuits) = (queue.rules, queue.policy.circuits)
        let circuit = circuits == nil ? nil : rules.circuit
        if rules.limits.isEmpty && circuit == nil { return grant }
        if !areThere, try await !broker.hasReady(rules.name) { return Grant(jobs: 0) }
        if let circuit, let answer = try await circuits?.admit(circuit, upTo: wanted) {
            guard answer.admitted > 0 else { return grant.later(answer.waitMilliseconds) }
            grant.jobs = min(answer.admitted, wanted)
            grant.reportsSuccess = answer.isTroubled
            grant.admitted = answer.isTroubled ? answer.admitted : 0
        }
        if !rules.limits.isEmpty,
            let answer = try await queue.policy.limiter.take(
                rules.limits, most: grant.jobs, for: rules.name.description)
        {
            grant.tokens = answer
            grant.jobs = answer.taken
            guard answer.taken > 0 else {
                try await giveBack(grant, queue, used: 0)
                return grant.later(answer.waitMilliseconds)
            }
        }
        return grant
    }

    /// Gives back what was taken for jobs that did not come.
    func giveBack(_ grant: Grant, _ queue: ServedQueue, used: Int) async throws(JobQueueError) {
        let rules = queue.rules
        if let tokens = grant.tokens, tokens.taken > used {
            try await queue.policy.limiter.giveBack(rules.limits, jobs: tokens.taken - used, of: tokens)
        }
        if let circuit = rules.circuit, grant.admitted > used {
            try await queue.policy.circuits?.giveBack(circuit, jobs: grant.admitted - used)
        }
    }
}
