import Logging

/// Writes the log lines of a simulated process into the trace.
struct StageLog: LogHandler {
    let stage: SimulationScheduler
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    init(stage: SimulationScheduler) { self.stage = stage }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { stage.say("says: \(event.message)") }
}
