import JobQueue

/// The workers' side.
extension LoadForecast {
    mutating func becomeReady(_ job: Int) {
        guard jobs[job].state == .waiting else { return forget(job) }
        jobs[job].readyAt = now
        queues[jobs[job].queue].line.add(job, priority: jobs[job].priority)
        serve(queue: jobs[job].queue)
    }

    /// A job has come, or a limit may give again.
    mutating func serve(queue: Int) {
        guard !isDown else { return }
        for pool in queues[queue].pools where pools[pool].free > 0 {
            while queues[queue].line.count > 0, pools[pool].open(for: queue) > 0, begin(queue, in: pool) {}
        }
    }

    /// A place has become free.
    mutating func serve(pool: Int) {
        guard !isDown else { return }
        var hasServed = true
        while hasServed, pools[pool].free > 0 {
            hasServed = false
            for queue in pools[pool].order(now: now) where queues[queue].line.count > 0 {
                guard !hasServed else {
                    pools[pool].passedOver[queue] = pools[pool].passedOver[queue] ?? now
                    continue
                }
                guard pools[pool].open(for: queue) > 0 else { continue }
                pools[pool].passedOver[queue] = nil
                hasServed = begin(queue, in: pool)
            }
        }
    }

    /// Starts the next job of a queue.
    /// - Returns: false when it has none, or its limits give nothing.
    private mutating func begin(_ queue: Int, in pool: Int) -> Bool {
        dropOver(queue)
        guard let job = queues[queue].line.first, admits(queue) else { return false }
        queues[queue].line.removeFirst()
        leave(job, \.waiting)
        if let entry = jobs[job].entry { entries[entry].running[jobs[job].entity].append(job) }
        jobs[job].state = .running
        jobs[job].startedAt = now
        jobs[job].pool = pool
        let work = works[jobs[job].work]
        jobs[job].runTime = work.demand.runTime.quantile(jobs[job].share(1))
        // The first calls are paid by what the queue has taken.
        jobs[job].calls = work.demand.calls - work.plan.paidLater
        occupy(queue, pool, by: 1)
        queues[queue].waiting -= 1
        queues[queue].story.started += 1
        let lateness = max(0, now - jobs[job].due)
        queues[queue].lateness.add(lateness)
        if queues[queue].blockedAt >= jobs[job].readyAt {
            for use in queues[queue].uses { noteWait(now - jobs[job].readyAt, of: use.limit) }
        }
        note { hour in
            hour.started += 1
            hour.latenessMax = max(hour.latenessMax, lateness)
        }
        advance(job, from: 0)
        return true
    }

    /// Jobs in the line that were cancelled, or have come too late.
    private mutating func dropOver(_ queue: Int) {
        while let job = queues[queue].line.first {
            guard jobs[job].state == .over || jobs[job].freshUntil < now else { return }
            queues[queue].line.removeFirst()
            if jobs[job].state == .waiting {
                queues[queue].story.expired += 1
                queues[queue].waiting -= 1
                leave(job, \.waiting)
            }
            forget(job)
        }
    }

    private mutating func occupy(_ queue: Int, _ pool: Int, by slots: Int) {
        pools[pool].free -= slots
        pools[pool].running[queue, default: 0] += slots
        queues[queue].running += slots
        queues[queue].story.mostRunning = max(queues[queue].story.mostRunning, queues[queue].running)
        guard slots > 0 else { return }
        pools[pool].turn += 1
        let weight = pools[pool].weights[queue] ?? 1
        pools[pool].shares[queue, default: 0] += 1 / Double(weight)
    }

    /// Takes what one job of the queue costs from all of its limits, or nothing.
    private mutating func admits(_ queue: Int) -> Bool {
        guard !queues[queue].uses.isEmpty else { return true }
        guard queues[queue].blockedUntil <= now else { return false }
        let name = queues[queue].name
        var wait: Int64 = 0
        for use in queues[queue].uses where limits[use.limit].state.available(to: name, at: now) < use.cost {
            wait = max(wait, limits[use.limit].state.wait(cost: use.cost, callers: name, at: now) ?? 60_000, 5)
        }
        guard wait == 0 else {
            (queues[queue].blockedAt, queues[queue].blockedUntil) = (now, now + wait)
            events.add(.look(queue: queue), at: now + wait)
            return false
        }
        for use in queues[queue].uses { spend(use.cost, of: use.limit, for: name) }
        return true
    }

    private mutating func spend(_ tokens: Int, of limit: Int, for callers: String) {
        limits[limit].spend(tokens, callers: callers, at: now)
        let fill = Double(limits[limit].all.sum) / Double(max(1, limits[limit].story.capacity))
        note { hour in
            hour.tokens += tokens
            hour.fill = max(hour.fill, fill)
        }
    }

    private mutating func noteWait(_ length: Int64, of limit: Int) {
        limits[limit].story.waits += 1
        limits[limit].story.longestWait = max(limits[limit].story.longestWait, length)
    }

    /// The job runs on until its next call, or its end: each call takes its part of the run time, whatever the job
    /// has waited before it.
    /// - Parameter before: calls that it had begun when it was told so the last time.
    private mutating func advance(_ job: Int, from before: Int) {
        let work = works[jobs[job].work]
        let (length, total) = (jobs[job].runTime, Int64(max(1, work.demand.calls)))
        let part =
            work.limit == nil
            ? length : length * Int64(jobs[job].calls) / total - length * Int64(before) / total
        events.add(.step(job: job, number: jobs[job].number), at: now + part)
    }

    /// The running job is about to make its next call, or is done.
    mutating func step(_ job: Int) {
        let work = works[jobs[job].work]
        guard let limit = work.limit, jobs[job].calls < work.demand.calls else { return finish(job, isWhole: true) }
        let queue = jobs[job].queue
        guard now - jobs[job].startedAt <= queues[queue].timeout else {
            queues[queue].story.timedOut += 1
            return finish(job, isWhole: false)
        }
        let callers = queues[queue].name
        guard limits[limit].state.available(to: callers, at: now) > 0 else {
            let wait = limits[limit].state.wait(cost: 1, callers: callers, at: now) ?? 5_000
            jobs[job].waitsSince = jobs[job].waitsSince ?? now
            return events.add(.step(job: job, number: jobs[job].number), at: now + min(max(wait, 5), 5_000))
        }
        if let since = jobs[job].waitsSince { noteWait(now - since, of: limit) }
        spend(1, of: limit, for: callers)
        jobs[job].waitsSince = nil
        jobs[job].calls += 1
        advance(job, from: jobs[job].calls - 1)
    }

    /// - Parameter isWhole: whether it came to its end by itself, so that others may follow.
    mutating func finish(_ job: Int, isWhole: Bool) {
        let ended = jobs[job]
        leave(job, \.running)
        occupy(ended.queue, ended.pool, by: -1)
        queues[ended.queue].story.finished += 1
        forget(job)
        if isWhole { follow(ended) }
        serve(pool: ended.pool)
    }

    private mutating func follow(_ ended: SimulatedJob) {
        for (index, follower) in works[ended.work].followUps.enumerated() {
            let rule = follower.rule
            let whole = rule.expected.rounded(.down)
            let more = ended.share(UInt64(index + 2)) < rule.expected - whole ? 1 : 0
            for _ in 0..<min(Int(whole) + more, rule.most) {
                let queue = works[follower.work].queue
                let fresh = (rule.freshForMilliseconds ?? queues[queue].freshFor).map { now + $0 } ?? .max
                let job = make(
                    SimulatedJob(
                        queue: queue, work: follower.work, priority: 0, number: 0, due: now, freshUntil: fresh))
                becomeReady(job)
            }
        }
    }
}
