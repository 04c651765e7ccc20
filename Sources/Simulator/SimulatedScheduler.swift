import JobQueue
import Logging
import Scheduler
import Synchronization

/// The real scheduler on virtual time, on a host whose clock may be wrong.
struct SimulatedScheduler: Sendable {
    let fleet: SimulatedFleet
    let file: SimulatedFile
    let life: LifeID

    func run() async {
        let logger = Logger(label: "\(life)") { _ in StageLog(stage: fleet.stage) }
        let (stage, skew, file, schedule) = (fleet.stage, skew, file, file.read(file.newest))
        let seen = Mutex(file.newest)
        var parts = SchedulerService.Parts(
            broker: fleet.broker(), holder: "\(life)", reload: { Self.changed(file, since: seen) },
            parse: { text throws(SchedulerError) in try file.parse(text) },
            localNow: { stage.believedNow + skew }, logger: logger)
        parts.clock = VirtualClock(stage: stage, tempo: fleet.tempo)
        let service = SchedulerService(parts, schedule: schedule)
        do { try await service.run() } catch { stage.violate("a scheduler ended with \(error)") }
    }

    private static func changed(_ file: SimulatedFile, since seen: borrowing Mutex<Int>) -> LoadedSchedule? {
        let newest = file.newest
        let isNew = seen.withLock { seen in
            defer { seen = newest }
            return newest != seen
        }
        return isNew ? file.read(newest) : nil
    }

    /// Of every life in another slot than the first, one in eight is too far off to lead, and one in four nearly so.
    private var skew: Int64 {
        guard life.slot > 0, !fleet.isCalm else { return 0 }
        let sign: Int64 = life.incarnation % 2 == 0 ? 1 : -1
        switch (life.slot * 7 + life.incarnation * 5) % 8 {
        case 0: return sign * 3_000
        case 1, 2: return sign * 1_900
        default: return sign * 40
        }
    }
}

/// Writes what a service says into the trace.
private struct StageLog: LogHandler {
    let stage: Stage
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(stage: Stage) { self.stage = stage }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { stage.say("says: \(event.message)") }
}
