/// The arguments of a job: one JSON value, checked once, then carried as bytes.
public struct JobPayload: Sendable, Equatable {
    /// JSON as it is stored: at most 64 KiB, at most `depthLimit` levels, no name twice in an object.
    public let bytes: [UInt8]

    /// The most levels of nested arrays and objects; recursive parsers use stack for each level.
    public static let depthLimit = 512

    /// No arguments: the empty object `{}`.
    public static let none = JobPayload(checked: [0x7B, 0x7D])

    /// Of two members with the same name in an object the last is kept, as in Python.
    /// - Throws: `JobQueueError.payloadNotJSON` for anything but one JSON value by RFC 8259; `payloadTooLarge` above 64
    ///   KiB; `outOfRange` when it is nested deeper than 512 levels.
    public init(json bytes: [UInt8]) throws(JobQueueError) {
        guard bytes.count <= JobEnvelope.payloadLimitBytes else {
            throw .payloadTooLarge(bytes: bytes.count, limit: JobEnvelope.payloadLimitBytes)
        }
        try Self.check(bytes)
        self.bytes = JSONMembers.unique(bytes)
    }

    /// - Throws: as `init(json:)`.
    public init(json text: String) throws(JobQueueError) { try self.init(json: Array(text.utf8)) }

    /// - Throws: `JobQueueError.payloadNotJSON` for a value that JSON cannot hold (a NaN), else as `init(json:)`.
    public init(_ value: some Encodable) throws(JobQueueError) {
        let text: String
        do { text = try CompactJSON.text(value) } catch { throw .payloadNotJSON("\(error)") }
        guard text.utf8.count <= JobEnvelope.payloadLimitBytes else {
            throw .payloadTooLarge(bytes: text.utf8.count, limit: JobEnvelope.payloadLimitBytes)
        }
        bytes = Array(text.utf8)
        try Self.check(bytes)
    }

    private init(checked bytes: [UInt8]) { self.bytes = bytes }

    private static func check(_ bytes: [UInt8]) throws(JobQueueError) {
        guard let problem = JSONSyntax.problem(in: bytes, depthLimit: depthLimit) else { return }
        guard !problem.hasPrefix(JSONSyntax.tooDeep) else {
            throw .outOfRange(
                what: "The depth of the arguments", value: "more than \(depthLimit) levels",
                range: "at most \(depthLimit) arrays and objects inside of one another")
        }
        throw .payloadNotJSON(problem)
    }
}
