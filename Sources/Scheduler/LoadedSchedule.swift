/// A schedule with the text that it was read from.
public struct LoadedSchedule: Sendable {
    public let file: ScheduleFile
    /// Byte for byte, as it is stored in Redis.
    public let text: String

    public init(file: ScheduleFile, text: String) {
        self.file = file
        self.text = text
    }

    /// Reads and checks a schedule file and keeps its text.
    /// - Throws: as `ScheduleFile.read`.
    public static func read(
        path: String, kinds: [KnownKind], zones: TimeZoneDatabase = TimeZoneDatabase()
    ) throws(SchedulerError) -> LoadedSchedule {
        let bytes = try ScheduleFile.bytes(path: path)
        return LoadedSchedule(
            file: try ScheduleFile.parse(bytes, file: path, kinds: kinds, zones: zones),
            text: String(decoding: bytes, as: UTF8.self))
    }
}
