import Foundation

/// The arguments of a job: one JSON value, checked once, then carried as bytes.
public struct JobPayload: Sendable, Equatable {
    public let bytes: [UInt8]

    /// Arrays and objects inside of one another; a parser takes them one by one from the stack of its thread.
    public static let depthLimit = 512

    public static let none = JobPayload(checked: [0x7B, 0x7D])

    /// - Throws: `JobQueueError.payloadNotJSON`; `payloadTooLarge` above 64 KiB; `outOfRange` when it is nested deeper
    ///   than 512 levels.
    public init(json bytes: [UInt8]) throws(JobQueueError) {
        guard bytes.count <= JobEnvelope.payloadLimitBytes else {
            throw .payloadTooLarge(bytes: bytes.count, limit: JobEnvelope.payloadLimitBytes)
        }
        // Foundation takes other encodings too, which nobody who reads the payload expects. JSON has no raw NUL.
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
            throw .payloadNotJSON("they are not UTF-8.")
        }
        try Self.checkDepth(bytes)
        do {
            _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        } catch {
            throw .payloadNotJSON(Self.reason(error))
        }
        self.bytes = bytes
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
        try Self.checkDepth(bytes)
    }

    private init(checked bytes: [UInt8]) { self.bytes = bytes }

    /// Looks at brackets outside of strings, without recursion. What is not JSON may pass: the parser tells it.
    private static func checkDepth(_ bytes: [UInt8]) throws(JobQueueError) {
        var depth = 0
        var inString = false
        var escaped = false
        for byte in bytes {
            if inString {
                if escaped { escaped = false } else if byte == 0x5C { escaped = true } else { inString = byte != 0x22 }
                continue
            }
            switch byte {
            case 0x22: inString = true
            case 0x5B, 0x7B: depth += 1
            case 0x5D, 0x7D: depth -= 1
            default: continue
            }
            guard depth <= depthLimit else {
                throw .outOfRange(
                    what: "The depth of the arguments", value: "more than \(depthLimit) levels",
                    range: "at most \(depthLimit) arrays and objects inside of one another")
            }
        }
    }

    private static func reason(_ error: any Error) -> String {
        let detail = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String
        let text = detail ?? "they cannot be parsed"
        return text.hasSuffix(".") ? text : text + "."
    }
}
