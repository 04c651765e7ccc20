public import Forecast

/// What a schedule asks of the fleet in a stretch of time.
public struct ScheduleLoadDocument: Encodable, Sendable {
    let from, to, peaksTo: DocumentTime
    let queues: [Queue]
    let limits: [LimitLoadDocument]

    /// Takes all but the entries.
    public init(_ load: ScheduleLoad) {
        from = DocumentTime(load.from)
        to = DocumentTime(load.to)
        peaksTo = DocumentTime(load.measuredTo)
        queues = load.queues.map { Queue($0) }
        limits = load.limits.map { LimitLoadDocument($0) }
    }

    enum CodingKeys: String, CodingKey {
        case from, to
        case peaksTo = "peaks_to"
        case queues, limits
    }

    struct Queue: Encodable, Sendable {
        let name: String
        let jobs, peakRunning, slots: Int
        let followUps: Double
        let followUpsAtMost: Int

        init(_ queue: QueueLoad) {
            name = queue.name
            jobs = queue.jobs
            peakRunning = queue.peakRunning
            slots = queue.slots
            followUps = queue.followUps
            followUpsAtMost = queue.mostFollowUps
        }

        enum CodingKeys: String, CodingKey {
            case name, jobs
            case peakRunning = "peak_running"
            case slots
            case followUps = "follow_ups"
            case followUpsAtMost = "follow_ups_at_most"
        }
    }
}
