import JobQueue
import Time

/// A JSON value whose keys keep their order, for `--json`.
indirect enum JSONDocument {
    case null
    case bool(Bool)
    case int(Int)
    case double(Double)
    case string(String)
    /// Text that should be JSON already. Invalid JSON is shown as a string, so that the document is valid in any case.
    case raw(String)
    case array([JSONDocument])
    case object([(String, JSONDocument)])

    static func optional(_ text: String?) -> JSONDocument { text.map { .string($0) } ?? .null }

    /// RFC 3339 in UTC with milliseconds; null for none.
    static func time(_ milliseconds: Int64?) -> JSONDocument {
        milliseconds.map { .string(Timestamp.text($0)) } ?? .null
    }

    var text: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): "\(value)"
        case .double(let value): value.isFinite ? "\(value)" : "null"
        case .string(let value): CompactJSON.quoted(value)
        case .raw(let text):
            text.isEmpty ? "null" : JSONSyntax.problem(in: text.utf8) == nil ? text : CompactJSON.quoted(text)
        case .array(let values): "[" + values.map(\.text).joined(separator: ",") + "]"
        case .object(let members):
            "{" + members.map { "\(CompactJSON.quoted($0)):\($1.text)" }.joined(separator: ",") + "}"
        }
    }

    func printDocument() { print(text) }
}

/// RFC 3339 in UTC with milliseconds.
enum Timestamp {
    /// Times outside of the years 1 to 9999, which RFC 3339 has not, are brought within.
    static func text(_ milliseconds: Int64) -> String {
        let milliseconds = min(max(milliseconds, -62_135_596_800_000), 253_402_300_799_999)
        let seconds = milliseconds >= 0 ? milliseconds / 1_000 : (milliseconds - 999) / 1_000
        let time = CivilTime(secondsSinceEpoch: seconds)
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return padded(time.year, 4) + "-" + padded(time.month, 2) + "-" + padded(time.day, 2) + "T"
            + padded(time.hour, 2) + ":" + padded(time.minute, 2) + ":" + padded(time.second, 2) + "."
            + padded(Int(milliseconds - seconds * 1_000), 3) + "Z"
    }

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
