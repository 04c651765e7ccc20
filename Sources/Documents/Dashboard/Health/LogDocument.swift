public import Foundation

/// The last lines of a log.
public struct LogDocument: Encodable, Sendable {
    /// One line.
    public struct Line: Encodable, Sendable {
        @OrNull var timestamp: String?
        let level, message, file: String

        /// - Parameters:
        ///   - timestamp: `2025-10-04 11:57:02`; nil for a line without one.
        ///   - level: in capitals.
        ///   - message: the whole line.
        ///   - file: the log that it stands in.
        public init(timestamp: String?, level: String, message: String, file: String) {
            self.timestamp = timestamp
            self.level = level
            self.message = message
            self.file = file
        }
    }

    let file: String
    let requested: Int
    let lines: [Line]
    let updated: NaiveTime

    /// - Parameters:
    ///   - requested: how many lines were asked for.
    ///   - lines: oldest first.
    public init(file: String, requested: Int, lines: [Line], updated: Date) {
        self.file = file
        self.requested = requested
        self.lines = lines
        self.updated = NaiveTime(updated)
    }

    enum CodingKeys: String, CodingKey {
        case file = "log_file"
        case requested = "lines_requested"
        case lines = "logs"
        case updated = "last_updated"
    }
}
