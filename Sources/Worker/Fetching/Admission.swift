import JobQueue

/// Asks the queue's circuit and token buckets before jobs of the queue are claimed, so that a job that has to wait for
/// them holds no slot and spends no attempt.
struct Admission: Sendable {
    let broker: Broker

    /// The number of jobs that circuit and buckets allow.
    struct Grant: Sendable {
        var jobs: Int
        /// When nothing was granted: how long to wait before asking again.
        var wait: Duration?
        /// Whether successes of these jobs are reported to the circuit.
        var reportsSuccess = false
        /// Jobs that the circuit admitted while open or ramping; 0 when it is closed.
        fileprivate var admitted = 0
        /// Tokens taken from the buckets.
        fileprivate var tokens: TokenAnswer?

        fileprivate func later(_ milliseconds: Int) -> Grant {
            var grant = self
            grant.jobs = 0
            grant.wait = .milliseconds(max(milliseconds, 5))
            return grant
        }
    }

    /// Sends no command when the queue has neither a circuit nor limits.
    /// - Parameter areThere: whether the caller knows that there are jobs; else the queue is checked first, so that an
    ///   empty queue takes no tokens.
    func grant(_ queue: ServedQueue, upTo wanted: Int, areThere: Bool) async throws(JobQueueError) -> Grant {
        var grant = Grant(jobs: wanted)
        let (rules, circuits) = (queue.rules, queue.policy.circuits)
        let circuit = circuits == nil ? nil : rules.circuit
        if rules.limits.isEmpty && circuit == nil { return grant }
        if !areThere, try await !broker.claims.hasReady(rules.name) { return Grant(jobs: 0) }
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

    /// Gives back admissions and tokens of jobs that were not claimed.
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
