public import JobQueue

/// A live worker.
public struct WorkerDocument: Encodable, Sendable {
    let id, host: String
    let pid: Int
    let pool, state: String
    let running, slots, rssBytes: Int
    let heartbeatAgeMs: Int64
    /// The version of the schedule that it obeys.
    let version: Int
    let queues, switchedOff: [String]

    /// - Parameter now: unix milliseconds by the clock of Redis.
    public init(_ worker: WorkerReport, now: Int64) {
        id = worker.id.description
        host = worker.host
        pid = worker.pid
        pool = worker.pool
        state = worker.state
        running = worker.running
        slots = worker.slots
        rssBytes = worker.rssBytes
        heartbeatAgeMs = max(0, now - worker.heartbeatMilliseconds)
        version = worker.version
        queues = worker.queues
        switchedOff = worker.switchedOff
    }

    enum CodingKeys: String, CodingKey {
        case id, host, pid, pool, state, running, slots
        case rssBytes = "rss_bytes"
        case heartbeatAgeMs = "heartbeat_age_ms"
        case version, queues
        case switchedOff = "switched_off"
    }
}
