/// The name of a queue: a part of Redis keys, so it has no characters with a meaning in keys.
public struct QueueName: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 1 to 64 of `a-z 0-9 . _ -`, starting with a letter or digit.
    public let description: String

    /// - Throws: `JobQueueError.badName` unless it is 1 to 64 of `a-z 0-9 . _ -` and starts with a letter or digit.
    public init(_ text: String) throws(JobQueueError) {
        guard CheckedName.isName(text.utf8) else {
            throw .badName(what: "queue name", text: text, rule: CheckedName.nameRule)
        }
        description = text
    }

    /// Alphabetical; listings use this order.
    public static func < (left: QueueName, right: QueueName) -> Bool { left.description < right.description }
}

/// The name of the handler that runs a job.
public struct JobKind: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 1 to 64 of `a-z 0-9 . _ -`, starting with a letter or digit; stored in each record.
    public let description: String

    /// - Throws: `JobQueueError.badName` unless it is 1 to 64 of `a-z 0-9 . _ -` and starts with a letter or digit.
    public init(_ text: String) throws(JobQueueError) {
        guard CheckedName.isName(text.utf8) else {
            throw .badName(what: "job kind", text: text, rule: CheckedName.nameRule)
        }
        description = text
    }

    /// For stored names, which were checked before they were written.
    init(unchecked text: String) { description = text }

    /// Alphabetical; listings use this order.
    public static func < (left: JobKind, right: JobKind) -> Bool { left.description < right.description }
}

/// The rules that names and ids share.
enum CheckedName {
    static let nameRule = "Use 1 to 64 of a-z, 0-9, '.', '_' and '-', starting with a letter or digit."
    static let idRule = "Use 1 to 128 printable ASCII characters other than blanks, quotes and '\\'."

    static func isName(_ text: String.UTF8View) -> Bool {
        guard (1...64).contains(text.count), let first = text.first, isLetterOrDigit(first) else { return false }
        return text.allSatisfy { isLetterOrDigit($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D }
    }

    /// Quotes and backslashes are left out, so that scripts may put an id into JSON as it is.
    static func isID(_ text: String.UTF8View) -> Bool {
        (1...128).contains(text.count)
            && text.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x5C && $0 != 0x27 }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }
}
