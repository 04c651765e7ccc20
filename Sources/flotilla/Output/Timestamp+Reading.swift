import Documents
import Time

extension Timestamp {
    /// Reads a time with its offset from UTC, as RFC 3339 writes it.
    /// - Parameter option: the flag that it was given with, for the error.
    /// - Throws: `CommandFailure` with status `usage`.
    static func milliseconds(_ text: String, _ option: String) throws -> Int64 {
        do {
            return try WrittenTime.unixMilliseconds(text)
        } catch {
            throw CommandFailure(.usage, "\(option): \(error)")
        }
    }
}
