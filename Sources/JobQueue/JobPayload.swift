import Foundation

/// The arguments of a job: one JSON value, checked once, then carried as bytes.
public struct JobPayload: Sendable, Equatable {
    public let bytes: [UInt8]

    public static let none = JobPayload(checked: [0x7B, 0x7D])

    /// - Throws: `JobQueueError.payloadNotJSON`, or `payloadTooLarge` above 64 KiB.
    public init(json bytes: [UInt8]) throws(JobQueueError) {
        guard bytes.count <= JobEnvelope.payloadLimitBytes else {
            throw .payloadTooLarge(bytes: bytes.count, limit: JobEnvelope.payloadLimitBytes)
        }
        // Foundation takes other encodings too, which nobody who reads the payload expects. JSON has no raw NUL.
        guard !bytes.contains(0), String(validating: bytes, as: UTF8.self) != nil else {
            throw .payloadNotJSON("they are not UTF-8.")
        }
        do {
            _ = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
        } catch {
            throw .payloadNotJSON(Self.reason(error))
        }
        self.bytes = bytes
    }

    /// - Throws: as `init(json:)`.
    public init(json text: String) throws(JobQueueError) { try self.init(json: Array(text.utf8)) }

    /// - Throws: `JobQueueError.payloadNotJSON` for a value that JSON cannot hold (a NaN), `payloadTooLarge`.
    public init(_ value: some Encodable) throws(JobQueueError) {
        let text: String
        do { text = try CompactJSON.text(value) } catch { throw .payloadNotJSON("\(error)") }
        guard text.utf8.count <= JobEnvelope.payloadLimitBytes else {
            throw .payloadTooLarge(bytes: text.utf8.count, limit: JobEnvelope.payloadLimitBytes)
        }
        bytes = Array(text.utf8)
    }

    private init(checked bytes: [UInt8]) { self.bytes = bytes }

    private static func reason(_ error: any Error) -> String {
        let detail = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String
        let text = detail ?? "they cannot be parsed"
        return text.hasSuffix(".") ? text : text + "."
    }
}
