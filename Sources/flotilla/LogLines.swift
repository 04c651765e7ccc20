import Foundation
import Logging
import Synchronization

/// Log lines on stderr: for people, or one JSON object each.
struct LogLines: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level
    let isJSON: Bool
    /// What tells this process from its siblings, such as `trading-1`.
    let process: String

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let now = Int64(Date().timeIntervalSince1970 * 1_000)
        let extra = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let line: String
        if isJSON {
            line = JSONDocument.object(
                [
                    ("at", .string(Timestamp.text(now))), ("level", .string(event.level.rawValue)),
                    ("process", .string(process)), ("message", .string("\(event.message)")),
                ] + extra.map { ($0.key, .string("\($0.value)")) }
            ).text
        } else {
            let fields = extra.map { " \($0.key)=\($0.value)" }.joined()
            let level = event.level.rawValue.padding(toLength: 7, withPad: " ", startingAt: 0)
            line = "\(Timestamp.text(now).dropFirst(11).dropLast()) \(level) \(process): \(event.message)\(fields)"
        }
        // One write for each line, so that lines of several processes do not mix.
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    static func logger(_ settings: Settings) -> Logger {
        let name = settings.environment["FLOTILLA_WORKER_NAME"] ?? "flotilla"
        return Logger(label: name) { _ in
            LogLines(logLevel: settings.logLevel, isJSON: settings.logsJSON, process: name)
        }
    }
}
