/// The name of one job, chosen by its producer or made here; unique within its queue while the job has a record.
public struct JobID: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// 1 to 128 printable ASCII characters without blanks, quotes and backslashes; used in keys and scripts as it is.
    public let description: String

    /// - Throws: `JobQueueError.badName` unless it is 1 to 128 printable ASCII characters without blanks, quotes and
    ///   backslashes.
    public init(_ text: String) throws(JobQueueError) {
        guard CheckedName.isID(text.utf8) else { throw .badName(what: "job id", text: text, rule: CheckedName.idRule) }
        description = text
    }

    /// For ids read from Redis, which stores only checked ones.
    package init(unchecked text: String) { description = text }

    /// A new id: 26 characters of Crockford's base 32, the first ten from the time, so ids sort by age (the ULID
    /// layout).
    public static func make(nowMilliseconds: Int64, using random: inout some RandomNumberGenerator) -> JobID {
        var run = JobIDRun(nowMilliseconds: nowMilliseconds, using: &random)
        return run.next()
    }

    /// The id of a job that this one enqueues: the same in every run, so that the second run adds nothing.
    /// - Parameter name: distinguishes it from its siblings, such as `bot-7`; `JobQueueError.badName` if it does not
    ///   fit an id.
    public func child(_ name: String) throws(JobQueueError) -> JobID { try JobID("\(description):\(name)") }

    /// Compares as text; ids from `make` are ordered by age.
    public static func < (left: JobID, right: JobID) -> Bool { left.description < right.description }
}

/// Ids that are made together: one random number for all of them, then each is the next number.
struct JobIDRun {
    private var high: UInt64
    private var low: UInt64
    private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

    init(nowMilliseconds: Int64, using random: inout some RandomNumberGenerator) {
        high = UInt64(max(0, nowMilliseconds)) << 16 | UInt64.random(in: 0...0xFFFF, using: &random)
        low = UInt64.random(in: .min ... .max, using: &random)
    }

    mutating func next() -> JobID {
        defer { low &+= 1 }
        let text = String(unsafeUninitializedCapacity: 26) { [high, low] characters in
            var (high, low) = (high, low)
            for index in stride(from: 25, through: 0, by: -1) {
                characters[index] = Self.alphabet[Int(low & 31)]
                low = low >> 5 | high << 59
                high >>= 5
            }
            return 26
        }
        return JobID(unchecked: text)
    }
}

/// The name of one worker process for as long as its leases hold; never used twice.
public struct WorkerID: Sendable, Hashable, CustomStringConvertible {
    /// `<host>-<pid>-<random>`; part of Redis keys.
    public let description: String

    /// `<host>-<pid>-<six random characters>`, with anything that a key cannot hold replaced by `_`.
    public init(host: String, pid: Int32, using random: inout some RandomNumberGenerator) {
        let tail = String(UInt32.random(in: .min ... .max, using: &random), radix: 36)
        let safe = host.utf8.prefix(48).map {
            CheckedName.isID([$0]) && $0 != 0x7B && $0 != 0x7D && $0 != 0x3A ? $0 : 0x5F
        }
        description = "\(String(decoding: safe, as: UTF8.self))-\(pid)-\(tail)"
    }

    init(unchecked text: String) { description = text }
}

extension CheckedName {
    static func isID(_ bytes: [UInt8]) -> Bool { isID(String(decoding: bytes, as: UTF8.self).utf8) }
}
