import JobQueue

/// What keeps one job from running.
struct JobHolds {
    private let composition: Composition
    private let broker: Broker

    init(_ composition: Composition, _ broker: Broker) {
        self.composition = composition
        self.broker = broker
    }

    /// What has to end before a job runs, the first one first; nothing for one that runs or is over.
    /// - Returns: with the time that they were read at, unix ms.
    func read(_ job: StoredJob) async throws -> (holds: [Hold], now: Int64) {
        guard !job.state.isFinal, job.state != .running else { return ([], try await broker.clock.now()) }
        let file = (try? await composition.activeSchedule(broker)) ?? (try? composition.schedule())
        let fleet = try await FleetHolds(composition, file, broker)
        return (try await holds(of: job, fleet), fleet.now)
    }

    private func holds(of job: StoredJob, _ fleet: FleetHolds) async throws -> [Hold] {
        let queue = job.queue.description
        let inspector = QueueInspector(broker: broker)
        let since = job.waitingSinceMilliseconds
        func own(_ cause: Hold.Cause, _ name: String? = nil, until: Int64? = nil, reason: String = "") -> Hold {
            Hold(cause: cause, name: name, queue: queue, count: 1, since: since, until: until, reason: reason)
        }
        switch job.state {
        case .running, .succeeded, .cancelled, .expired, .dead: return []
        case .scheduled:
            guard let why = job.heldBecause else { return [own(.dueLater, until: job.dueMilliseconds)] }
            return [own(.postponed, until: job.dueMilliseconds, reason: why)]
        case .retrying: return [own(.retrying, until: job.dueMilliseconds)]
        case .waiting: return [own(.children)]
        case .parked, .ready: break
        }
        // The job counts as ready, or it would not have to wait for what stops the others.
        var counts = try await inspector.counts(of: job.queue)
        counts.ready = max(1, counts.ready)
        var backlog = try await inspector.backlog(of: job.queue)
        backlog.readySinceMilliseconds = since
        let stops = fleet.stops(counts, backlog)
        switch job.parkReason {
        case .concurrencyKey(let key): return stops.filter { $0.cause != .busy } + [own(.concurrencyKey, key)]
        case .unknownKind(let kind, let version):
            let isKnown = fleet.serving(queue).contains { $0.knows(kind, version: version) }
            return isKnown ? stops : [own(.unknownKind, FleetHolds.text(kind, version))]
        case .crashed, .crashOpen: return stops + [own(.crashed)]
        case .children, nil: break
        }
        let before = try await inspector.jobsBefore(job.id, in: job.queue)
        guard let before, before > 0 else { return stops }
        return stops + [own(.inLine, reason: before == 1 ? "1 job is before it" : "\(before) jobs are before it")]
    }

    /// Why a job is not over, in one sentence without its full stop.
    static func sentence(_ job: StoredJob, _ holds: [Hold], _ now: Int64) -> String {
        if job.state == .running { return "it runs on \(job.worker ?? "a worker")" }
        guard !holds.isEmpty else { return "it is \(job.state.rawValue)" }
        return holds.prefix(2).map { $0.sentence(at: now, jobs: "it") }.joined(separator: "; ")
    }
}
