public import Time

extension ScheduleFile {
    /// Reads and checks a schedule file; blocks for the read of at most 1 MiB.
    ///
    /// - Parameters:
    ///   - path: also what the errors call the file.
    ///   - known: the kinds and sources that entries may name.
    /// - Throws: `unreadable` when there is no such file, `invalidFile` with everything that is wrong in it.
    public static func read(
        path: String, known: KnownNames, zones: TimeZoneDatabase = TimeZoneDatabase()
    ) throws(ConfigurationError) -> ScheduleFile {
        try parse(try bytes(path: path), file: path, known: known, zones: zones)
    }

    /// The bytes of a file that may hold a schedule; blocks for the read of at most 1 MiB.
    /// - Throws: `unreadable`.
    public static func bytes(path: String) throws(ConfigurationError) -> [UInt8] { try dated(path: path).bytes }

    /// The same with the time of the file's last change.
    /// - Throws: `unreadable`.
    public static func dated(path: String) throws(ConfigurationError) -> FileBytes.Dated {
        do {
            return try FileBytes.dated(path: path, limit: YAMLDocument.byteLimit)
        } catch {
            throw .unreadable(path: path, error.sentence(remedy: remedy))
        }
    }

    /// Checks the bytes of a schedule file and makes it whole; all or nothing.
    ///
    /// - Parameter file: what the errors call the file.
    /// - Throws: `invalidFile` with all problems in order of line and column.
    public static func parse(
        _ bytes: [UInt8], file: String, known: KnownNames, zones: TimeZoneDatabase = TimeZoneDatabase()
    ) throws(ConfigurationError) -> ScheduleFile {
        guard bytes.count <= YAMLDocument.byteLimit else {
            throw .unreadable(
                path: file, FileBytes.Failure.tooLarge(bytes: bytes.count).sentence(remedy: remedy))
        }
        let text: String
        do {
            text = try SourceText.decode(bytes)
        } catch {
            throw .invalidFile(path: file, [error])
        }
        let document = YAMLDocument(text)
        var reader = ScheduleFileReader(known: known, zones: zones, problems: document.problems)
        var result = document.root.map { reader.file($0) } ?? ScheduleFile()
        result.warnings = reader.warnings.sorted { ($0.line, $0.column) < ($1.line, $1.column) }
        if document.root?.isNull ?? document.problems.isEmpty {
            reader.problems = [
                .init(
                    line: 1, column: 1, message: "the file is empty. Begin with version: 1 and the section schedules.")
            ]
        }
        guard reader.problems.isEmpty else {
            // A mapping that several entries merge in would repeat its mistakes.
            let sorted = Set(reader.problems).sorted {
                ($0.line, $0.column, $0.message) < ($1.line, $1.column, $1.message)
            }
            throw .invalidFile(path: file, Array(sorted.prefix(problemLimit)))
        }
        return result
    }

    /// The longest file that is read.
    public static let byteLimit = YAMLDocument.byteLimit

    private static let remedy = "Name a schedule file."

    /// More would not be read.
    private static let problemLimit = 200
}

extension FileBytes.Failure {
    /// Why a file was not read, and what to do.
    /// - Parameter remedy: what to do when the path names no regular file.
    public func sentence(remedy: String) -> String {
        switch self {
        case .missing: "there is no such file. \(remedy)"
        case .directory: "this is a directory. \(remedy)"
        case .notRegular: "this is not a regular file. \(remedy)"
        case .tooLarge(let bytes): "the file has \(bytes) bytes. Keep it under \(YAMLDocument.byteLimit)."
        case .system(let reason): "the file cannot be read (\(reason)). Check its owner and mode."
        }
    }
}
