import ScheduleConfiguration
import JobQueue
import Logging
import Scheduler
import Synchronization

/// The real scheduler on virtual time, on a host whose clock may be wrong.
struct SimulatedScheduler: Sendable {
    let fleet: SimulatedFleet
    let files: SimulatedFiles
    /// The host whose file it reads.
    let host: Int
    let life: LifeID

    func run() async {
        let logger = Logger(label: "\(life)") { _ in StageLog(stage: fleet.stage) }
        let (stage, skew, files, host) = (fleet.stage, skew, files, host)
        let first = files.read(host, skew: skew)
        let watch = Mutex(SimulatedWatch(known: first.text))
        var parts = SchedulerService.Parts(
            broker: fleet.broker(), holder: "\(life)",
            reload: { newest in
                watch.withLock { $0.look(at: files.read(host, skew: skew), newest: newest, stage.elapsed) }
            },
            parse: { text throws(ConfigurationError) in try files.parse(text) },
            localNow: { stage.believedNow + skew }, logger: logger)
        parts.host = life.slotName
        parts.path = "schedules.yaml"
        parts.clock = VirtualClock(stage: stage, tempo: fleet.tempo)
        let service = SchedulerService(parts, schedule: first)
        do { try await service.run() } catch { stage.violate("a scheduler ended with \(error)") }
    }

    /// Among the processes in other slots than the first, one in eight has a clock that is too far off to lead, and one
    /// in four nearly so.
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

/// `ScheduleWatch` on virtual time: checks every half second, and reports a change once two checks in a row find the
/// same content.
private struct SimulatedWatch {
    var known: String
    var candidate: String?
    var knownUnder: Int?
    var lookedAt: Int64?

    init(known: String) { self.known = known }

    mutating func look(at file: LoadedSchedule, newest: Int, _ elapsed: Int64) -> FileChange? {
        if let lookedAt, elapsed - lookedAt < 500 { return nil }
        lookedAt = elapsed
        guard file.text != known else {
            (candidate, knownUnder) = (nil, newest)
            return nil
        }
        guard file.text == candidate else {
            candidate = file.text
            return nil
        }
        defer { (known, candidate, knownUnder) = (file.text, nil, newest) }
        return .read(file, knownUnder: knownUnder)
    }
}
