public import Time

/// A schedule with the text that it was read from.
public struct LoadedSchedule: Sendable {
    /// The parsed and checked `text`.
    public let file: ScheduleFile
    /// Byte for byte, as it is stored in Redis.
    public let text: String
    /// When the file was modified: unix milliseconds by the clock of its host; nil when that is not known.
    public let modifiedMilliseconds: Int64?

    /// Checks nothing; `file` must have been read from `text`.
    public init(file: ScheduleFile, text: String, modifiedMilliseconds: Int64? = nil) {
        self.file = file
        self.text = text
        self.modifiedMilliseconds = modifiedMilliseconds
    }

    /// Reads and checks a schedule file and keeps its text.
    /// - Throws: as `ScheduleFile.read`.
    public static func read(
        path: String, known: KnownNames, zones: TimeZoneDatabase = TimeZoneDatabase()
    ) throws(ConfigurationError) -> LoadedSchedule {
        try parse(try ScheduleFile.dated(path: path), path: path, known: known, zones: zones)
    }

    /// Checks the bytes of a schedule file and keeps them as its text.
    /// - Parameter path: only what the errors call the file.
    /// - Throws: `invalidFile`.
    public static func parse(
        _ dated: FileBytes.Dated, path: String, known: KnownNames, zones: TimeZoneDatabase = TimeZoneDatabase()
    ) throws(ConfigurationError) -> LoadedSchedule {
        LoadedSchedule(
            file: try ScheduleFile.parse(dated.bytes, file: path, known: known, zones: zones),
            text: String(decoding: dated.bytes, as: UTF8.self), modifiedMilliseconds: dated.modifiedMilliseconds)
    }
}
