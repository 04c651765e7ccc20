import JobQueue
import Logging
import Scheduler

/// The real scheduler on virtual time.
struct SimulatedScheduler: Sendable {
    let fleet: SimulatedFleet
    let file: ScheduleFile
    let life: LifeID

    func run() async {
        let logger = Logger(label: "\(life)") { _ in StageLog(stage: fleet.stage) }
        let service = SchedulerService(
            broker: fleet.broker(), file: file, holder: "\(life)", reload: { nil },
            clock: VirtualClock(stage: fleet.stage, tempo: fleet.tempo), logger: logger)
        do { try await service.run() } catch { fleet.stage.violate("a scheduler ended with \(error)") }
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
