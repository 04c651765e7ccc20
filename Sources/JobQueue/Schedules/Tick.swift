/// One tick of the schedule, or a run of ticks with the same outcome, as the queue sees it.
public struct Tick: Sendable {
    /// The planned outcome of a tick.
    public enum Outcome: Sendable, Equatable {
        /// Its jobs are enqueued, on time.
        case enqueue
        /// It was missed, and its jobs are enqueued now.
        case catchUp
        /// An operator backfills a time that was handled without jobs. Not fenced by an epoch, and neither overlap nor
        /// pauses apply: each time is still enqueued once.
        case backfill
        case skip(SkipReason)
        /// The source of the fan-out's entities gave no usable answer.
        case sourceUnavailable
    }

    /// Why the planner records a tick, or a run of them, without jobs.
    public enum SkipReason: String, Sendable {
        case misfire
        /// Outside of the entry's window, or on a day of a quiet calendar.
        case window
    }

    /// One of a tick's jobs.
    public struct Member: Sendable {
        /// Empty without a fan-out.
        public var entity: String
        /// Its id must derive from the tick's.
        public var job: NewJob

        /// - Parameter entity: 1 to 48 characters, as `EntityName` in the scheduler allows; empty without a fan-out.
        public init(entity: String = "", job: NewJob) {
            self.entity = entity
            self.job = job
        }
    }

    /// `entry@nominal`: the same in every scheduler.
    public var id: String
    /// The entry's name in the schedule file.
    public var entry: String
    /// Unix milliseconds; of the last tick of a run.
    public var nominalMilliseconds: Int64
    /// Of the first tick of a run.
    public var firstMilliseconds: Int64
    /// How many ticks the run has.
    public var count = 1
    /// The queue whose record of ticks it belongs to, and that its jobs go to.
    public var queue: QueueName
    /// The planner's decision; tick.lua decides whether it is carried out.
    public var outcome: Outcome
    /// One sentence for display; empty for none.
    public var detail = ""
    /// Applies to each entity separately; a backfill uses `allow`.
    public var overlap = TickOverlap.skip
    /// For `queue-all`: how many may wait.
    public var overlapMax = 10
    /// Jobs in a row that died, after which the entry or the entity is paused; 0 for never.
    public var pauseAfterFailures = 0
    /// At most `memberLimit`; none unless jobs are to be enqueued.
    public var members: [Member] = []

    /// Jobs of one tick at most; `Broker.tick` throws `outOfRange` beyond it.
    public static let memberLimit = 1_000

    /// One tick without jobs yet, with the id `entry@nominal`; add `members` before `Broker.tick`.
    public init(
        entry: String, nominalMilliseconds: Int64, queue: QueueName, outcome: Outcome = .enqueue
    ) {
        id = "\(entry)@\(nominalMilliseconds)"
        self.entry = entry
        self.nominalMilliseconds = nominalMilliseconds
        firstMilliseconds = nominalMilliseconds
        self.queue = queue
        self.outcome = outcome
    }
}

/// The overlap policy: how a tick is handled whose previous job, of the same entry and entity, has not finished.
public enum TickOverlap: String, Sendable, CaseIterable {
    /// The tick is skipped.
    case skip
    /// The jobs run concurrently.
    case allow
    /// One may wait while another runs; further ticks are skipped.
    case queueOne = "queue-one"
    /// Up to `overlap_max` jobs may wait; further ticks are skipped.
    case queueAll = "queue-all"
    /// Waiting jobs are cancelled and the new job waits instead; running jobs go on.
    case replaceWaiting = "replace-waiting"
    /// Waiting jobs are cancelled, and running ones are asked to stop.
    case cancelRunning = "cancel-running"

    /// Whether the policy distinguishes running jobs from waiting ones.
    var tellsRunningFromWaiting: Bool { self != .skip && self != .allow }
}

/// The result of a tick.
public enum TickAnswer: String, Sendable {
    /// Recorded; its jobs, if any may run, are enqueued.
    case enqueued
    /// Handled before, by this scheduler or another.
    case duplicate
    /// Stale epoch: a newer leader was elected.
    case stale
    /// Cannot be backfilled, because it is not past yet.
    case ahead
    /// Nothing was changed, because workers joined at every try.
    case again
    /// Skipped, because the previous job of each entity is unfinished.
    case overlap
    /// Skipped, because an operator or the entry's failures paused it.
    case paused
    /// Skipped, because the queue is full.
    case queueFull = "queue-full"
    case skipped
}

/// The effects of a tick.
public struct TickResult: Sendable, Equatable {
    /// The answer of tick.lua; when it is not `enqueued`, no job was enqueued.
    public var answer: TickAnswer
    /// Jobs that were enqueued.
    public var jobs: Int
    /// Entries, or `entry#entity`, whose pause has ended and whose ticks the scheduler has to catch up.
    public var endedPauses: [String]
    /// Entries, or `entry#entity`, that this tick paused, because too many of their jobs in a row died.
    public var pausedNow: [String]
}
