public import JobQueue

/// What keeps one job from running.
public struct JobHolds: Sendable {
    private let view: FleetView

    /// - Parameter view: of the fleet that the jobs are of.
    public init(_ view: FleetView) { self.view = view }

    /// What has to end before a job runs, the first one first; nothing for one that runs or is over.
    /// Reads Redis, and changes nothing.
    /// - Returns: with the time that they were read at, unix ms.
    public func read(_ job: StoredJob) async throws -> (holds: [Hold], now: Int64) {
        guard !job.state.isFinal, job.state != .running else { return ([], try await view.broker.clock.now()) }
        let fleet = try await FleetHolds(await view.schedule(), view)
        return (try await holds(of: job, fleet), fleet.now)
    }

    func holds(of job: StoredJob, _ fleet: FleetHolds) async throws -> [Hold] {
        let queue = job.queue.description
        let inspector = QueueInspector(broker: view.broker)
        let since = job.waitingSinceMilliseconds
        func own(_ cause: Hold.Cause, _ name: String? = nil, until: Int64? = nil, reason: String = "") -> Hold {
            Hold(cause: cause, name: name, queue: queue, count: 1, since: since, until: until, reason: reason)
        }
        switch job.state {
        case .running, .succeeded, .cancelled, .expired, .dead: return []
        case .scheduled:
            guard let why = job.heldBecause else { return [own(.dueLater, until: job.dueMilliseconds)] }
            if let hold = fleet.gateHold(why, queue) { return [hold] }
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
            guard !fleet.isKnown(kind, version, in: queue) else { return stops }
            return [fleet.unknownKind(kind, version, queue, 1, since: since)]
        case .fuse(let id): return [fleet.fuseHold(id, queue, 1, since: since)]
        case .crashed, .crashOpen: return stops + [own(.crashed)]
        case .children, nil: break
        }
        let before = try await inspector.jobsBefore(job.id, in: job.queue)
        guard let before, before > 0 else { return stops }
        return stops + [own(.inLine, reason: before == 1 ? "1 job is before it" : "\(before) jobs are before it")]
    }

    /// Why a job is not over, in one sentence without its full stop.
    /// - Parameters:
    ///   - holds: as `read` returned them.
    ///   - now: the time that they were read at, unix ms.
    public static func sentence(_ job: StoredJob, _ holds: [Hold], _ now: Int64) -> String {
        if job.state == .running { return "it runs on \(job.worker ?? "a worker")" }
        guard !holds.isEmpty else { return "it is \(job.state.rawValue)" }
        return holds.prefix(2).map { $0.sentence(at: now, jobs: "it") }.joined(separator: "; ")
    }
}
