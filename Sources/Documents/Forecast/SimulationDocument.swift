public import Forecast

/// What a simulated stretch of time was like: `schedule simulate`.
public struct SimulationDocument: Encodable, Sendable {
    let from, to: DocumentTime
    let isWell: Bool
    let entries: [Entry]
    let queues: [Queue]
    let limits: [Limit]
    let hours: [Hour]
    let notes: [String]

    /// - Parameters:
    ///   - load: what the schedule asks for if nothing waits, over the same stretch.
    ///   - isWell: the verdict on both.
    ///   - notes: what was measured and what assumed.
    public init(_ report: SimulationReport, load: ScheduleLoad, isWell: Bool, notes: [String]) {
        from = DocumentTime(report.from)
        to = DocumentTime(report.to)
        self.isWell = isWell
        entries = report.entries.map { Entry($0) }
        queues = report.queues.map { Queue($0) }
        limits = report.limits.map { limit in Limit(limit, asked: load.limits.first { $0.name == limit.name }) }
        hours = report.hours.map { Hour($0) }
        self.notes = notes
    }

    enum CodingKeys: String, CodingKey {
        case from, to
        case isWell = "well"
        case entries, queues, limits, hours, notes
    }
}

extension SimulationDocument {
    struct Entry: Encodable, Sendable {
        let name: String
        let ticks, jobs, caughtUp, missed, closed, overlaps, replaced: Int

        init(_ entry: SimulationReport.EntryStory) {
            name = entry.name
            ticks = entry.enqueued
            jobs = entry.jobs
            caughtUp = entry.caughtUp
            missed = entry.missed
            closed = entry.closed
            overlaps = entry.overlaps
            replaced = entry.replaced
        }

        enum CodingKeys: String, CodingKey {
            case name, ticks, jobs
            case caughtUp = "caught_up"
            case missed, closed, overlaps, replaced
        }
    }

    struct Queue: Encodable, Sendable {
        let name: String
        let started, finished: Int
        let latenessP50Ms, latenessP99Ms, latenessMaxMs: Int64
        let expired, timedOut, waitingAtMost, waitingAtEnd, runningAtMost: Int

        init(_ queue: SimulationReport.QueueStory) {
            name = queue.name
            started = queue.started
            finished = queue.finished
            latenessP50Ms = queue.latenessMedian
            latenessP99Ms = queue.latenessP99
            latenessMaxMs = queue.latenessMax
            expired = queue.expired
            timedOut = queue.timedOut
            waitingAtMost = queue.mostWaiting
            waitingAtEnd = queue.waitingAtEnd
            runningAtMost = queue.mostRunning
        }

        enum CodingKeys: String, CodingKey {
            case name, started, finished
            case latenessP50Ms = "lateness_p50_ms"
            case latenessP99Ms = "lateness_p99_ms"
            case latenessMaxMs = "lateness_max_ms"
            case expired
            case timedOut = "timed_out"
            case waitingAtMost = "waiting_at_most"
            case waitingAtEnd = "waiting_at_end"
            case runningAtMost = "running_at_most"
        }
    }

    struct Limit: Encodable, Sendable {
        let name: String
        let windowMs: Int64
        let capacity, reserved, tokens, peak: Int
        let peakAt: DocumentTime
        let othersPeak: Int
        @OrNull var leastLeft: Int?
        let waits: Int
        let longestWaitMs: Int64
        let isBroken: Bool
        @OrNull var asked: LimitLoadDocument?

        init(_ limit: SimulationReport.LimitStory, asked: LimitLoad?) {
            name = limit.name
            windowMs = limit.windowMilliseconds
            capacity = limit.capacity
            reserved = limit.reserved
            tokens = limit.tokens
            peak = limit.peak
            peakAt = DocumentTime(limit.peakAt)
            othersPeak = limit.othersPeak
            leastLeft = limit.leastLeft
            waits = limit.waits
            longestWaitMs = limit.longestWait
            isBroken = limit.isBroken
            self.asked = asked.map { LimitLoadDocument($0) }
        }

        enum CodingKeys: String, CodingKey {
            case name
            case windowMs = "window_ms"
            case capacity, reserved, tokens, peak
            case peakAt = "peak_at"
            case othersPeak = "others_peak"
            case leastLeft = "least_left"
            case waits
            case longestWaitMs = "longest_wait_ms"
            case isBroken = "broken"
            case asked
        }
    }

    struct Hour: Encodable, Sendable {
        let from: DocumentTime
        let jobs, tokens: Int
        let fill: Double
        let latenessMaxMs: Int64

        init(_ hour: SimulationReport.HourStory) {
            from = DocumentTime(hour.from)
            jobs = hour.started
            tokens = hour.tokens
            fill = hour.fill
            latenessMaxMs = hour.latenessMax
        }

        enum CodingKeys: String, CodingKey {
            case from, jobs, tokens, fill
            case latenessMaxMs = "lateness_max_ms"
        }
    }
}
