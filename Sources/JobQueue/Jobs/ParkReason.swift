/// Why a job is parked or waiting: the part before the blank in its member of the key `aside`.
public enum ParkReason: Sendable, Hashable {
    /// Its concurrency key has no free slot.
    case concurrencyKey(String)
    /// No worker that fetched it knows its kind, or this version of its arguments.
    case unknownKind(JobKind, version: Int)
    /// A fuse keeps jobs like it from running, or did, and its jobs are released step by step; the id of the fuse.
    case fuse(String)
    /// It waits for its children.
    case children
    /// Its worker died, and the next crash would be its last: such jobs run one by one.
    case crashed
    /// Its worker is missing; it is not decided yet whether that counts as a crash.
    case crashOpen

    /// Nil for a text that no script writes.
    public init?(_ text: String) {
        switch text {
        case "batch": self = .children
        case "crashed": self = .crashed
        case "crash-open": self = .crashOpen
        case _ where text.hasPrefix("cap="): self = .concurrencyKey(String(text.dropFirst(4)))
        case _ where text.hasPrefix("fuse="): self = .fuse(String(text.dropFirst(5)))
        default:
            guard case .kind(let kind, let version)? = Gate(text) else { return nil }
            self = .unknownKind(kind, version: version)
        }
    }

    /// The state of a job that is parked for this reason. A job that crashed before counts as ready: it is fetched
    /// next.
    var state: JobState {
        switch self {
        case .concurrencyKey, .unknownKind, .fuse: .parked
        case .children: .waiting
        case .crashed, .crashOpen: .ready
        }
    }
}

extension StoredJob {
    /// Why it is parked; nil for any other job.
    public var parkReason: ParkReason? { heldBy.flatMap { ParkReason($0) } }

    /// Since when it waits where it does: its last event, or when it was enqueued; unix milliseconds.
    public var waitingSinceMilliseconds: Int64 { envelope.waitingSinceMilliseconds }
}

extension JobEnvelope {
    var waitingSinceMilliseconds: Int64 {
        max(enqueuedMilliseconds, JobEvent.list(events).first?.at ?? 0)
    }
}
