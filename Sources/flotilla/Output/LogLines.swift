import Logging
import Synchronization

/// Log lines on stderr: for people, or one JSON object each.
struct LogLines: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    let sink: LogSink

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        sink.take(level: event.level, message: "\(event.message)", fields: fields.map { ($0.key, "\($0.value)") })
    }

    static func logger(_ settings: Settings) -> Logger {
        let name = settings.environment["FLOTILLA_WORKER_NAME"] ?? "flotilla"
        let sink = LogSink(
            stream: StandardStreams.error, form: LogForm(isJSON: settings.logsJSON, process: name))
        current.withLock { $0 = sink }
        return Logger(label: name) { _ in LogLines(logLevel: settings.logLevel, sink: sink) }
    }

    /// Keeps what this process logs from now on in a file of the state folder too.
    static func keep(_ name: KeptLog.Name, _ settings: Settings) {
        let process = settings.environment["FLOTILLA_WORKER_NAME"] ?? "flotilla"
        current.withLock { $0 }?.keep(in: KeptLog(name, home: settings.home, process: process))
    }

    private static let current = Mutex<LogSink?>(nil)

    /// Says, before the process ends, which lines were left out.
    static func finish() { current.withLock { $0 }?.finish() }
}
