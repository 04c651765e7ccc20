import Foundation
import JobQueue

/// The JSON that `--args` gives, in the command line or on stdin.
enum ArgumentText {
    /// - Parameter text: one JSON value, or `-` to read it from stdin; `-` alone is no JSON.
    /// - Throws: `JobQueueError` for what no job may carry.
    static func payload(_ text: String) throws -> JobPayload {
        guard text == "-" else { return try JobPayload(json: text) }
        // One byte more than a job may carry is enough to refuse it.
        let limit = JobEnvelope.payloadLimitBytes + 1
        var bytes: [UInt8] = []
        while bytes.count < limit {
            guard let more = try FileHandle.standardInput.read(upToCount: limit - bytes.count), !more.isEmpty else {
                break
            }
            bytes += more
        }
        while bytes.last == 0x0A || bytes.last == 0x0D { bytes.removeLast() }
        return try JobPayload(json: bytes)
    }
}
