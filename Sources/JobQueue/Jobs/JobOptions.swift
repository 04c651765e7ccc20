import Foundation

/// Optional properties of a job beyond kind and payload; most jobs have none.
public struct JobOptions: Sendable, Equatable, Codable {
    /// The job that enqueued this one.
    public var parentID: String?
    /// The schedule entry that enqueued the job.
    public var schedule: String?
    /// The tick that enqueued the job: `entry@nominal`.
    public var tick: String?
    /// The nominal time of the tick, unix milliseconds.
    public var nominalMilliseconds: Int64?
    /// Attempts after which the job is dead, instead of the queue's number; within `RetryPolicy.attemptBounds`.
    public var maxAttempts: Int?
    /// How long one attempt may take, instead of the queue's time; milliseconds.
    public var timeoutMilliseconds: Int64?
    /// After this time the job does not start but expires; unix milliseconds.
    public var freshUntilMilliseconds: Int64?
    /// The length of the chain of jobs that enqueued one another up to this one; a limit ends endless chains.
    public var depth: Int?
    /// The unique key that this job holds until it finishes: another job with the same key and queue is not accepted.
    public var uniqueKey: String?
    /// Until when the key is kept even if the job finishes before; unix milliseconds.
    public var uniqueUntilMilliseconds: Int64?
    /// Whether a new job of the same key replaces this job's arguments, as long as this one has not started.
    public var coalesces: Bool?
    /// At most `concurrencyLimit` jobs of the queue with the same key run at a time.
    public var concurrencyKey: String?
    /// Within `concurrencyLimitBounds`; default 1.
    public var concurrencyLimit: Int?
    /// The job that waits for this one: `<queue>/<id>`.
    public var batch: String?
    /// The chain of jobs to run one after another once this one has succeeded, next one first.
    public var chain: [ChainLink]?
    /// The handler's last checkpoint: one JSON value.
    public var checkpoint: String?
    /// The dead job that this one was edited from.
    public var origin: String?
    /// Version of the payload's shape; default 1.
    public var version: Int?
    /// W3C trace context of the caller that enqueued it: `00-<trace>-<span>-<flags>`.
    public var traceParent: String?

    enum CodingKeys: String, CodingKey {
        case parentID = "parent", schedule, tick, nominalMilliseconds = "nominal_ms"
        case maxAttempts = "max_attempts", timeoutMilliseconds = "timeout_ms"
        case freshUntilMilliseconds = "fresh_until_ms", depth
        case uniqueKey = "unique", uniqueUntilMilliseconds = "unique_until_ms", coalesces = "coalesce"
        case concurrencyKey = "cap", concurrencyLimit = "cap_limit", batch, chain, checkpoint, origin, version
        case traceParent = "trace"
    }

    /// The range of `concurrencyLimit`. Each start and end of a job with a concurrency key reads the ids of its running
    /// jobs, so a high limit costs time.
    public static let concurrencyLimitBounds = 1...10_000
    /// The range of `version`.
    public static let versionBounds = 1...1_000_000

    /// Empty options; `encoded()` of them is empty.
    public init() {}

    /// One JSON object in one line; empty when nothing is set.
    public func encoded() -> String {
        guard self != JobOptions(), let text = try? CompactJSON.text(self) else { return "" }
        return text
    }

    /// An unreadable text counts as empty: options affect how a job runs, never whether it does.
    public init(text: String) {
        self = (text.isEmpty ? nil : try? JSONDecoder().decode(JobOptions.self, from: Data(text.utf8))) ?? JobOptions()
    }
}

/// One job of a chain.
public struct ChainLink: Sendable, Equatable, Codable {
    /// 1 to 64 of `a-z 0-9 . _ -`; checked when the first job of the chain is enqueued.
    public var kind: String
    /// The queue that the job is enqueued to once the previous one has succeeded.
    public var queue: String
    /// One JSON value.
    public var args: String

    /// Checks nothing; `NewJob.check` does, before the chain is enqueued.
    public init(kind: String, queue: String, args: String = "{}") {
        self.kind = kind
        self.queue = queue
        self.args = args
    }
}

/// JSON in one line with sorted keys, as records hold it.
public enum CompactJSON {
    /// Keys sorted, slashes not escaped, so that equal values give equal bytes.
    /// - Throws: what the encoder throws, such as for a NaN.
    public static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Decodes a value from a text; nil when the text holds another type.
    static func value<Value: Decodable>(of type: Value.Type, in text: String) -> Value? {
        try? JSONDecoder().decode(type, from: Data(text.utf8))
    }

    /// A text as a JSON string, with its quotes. Quotes, backslashes and control characters are escaped, nothing else:
    /// as `text` does it, without the cost of an encoder.
    public static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = [UInt8(ascii: "\"")]
        bytes.reserveCapacity(text.utf8.count + 2)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0x08: bytes += "\\b".utf8
            case 0x09: bytes += "\\t".utf8
            case 0x0A: bytes += "\\n".utf8
            case 0x0C: bytes += "\\f".utf8
            case 0x0D: bytes += "\\r".utf8
            case ..<0x20: bytes += "\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return String(decoding: bytes, as: UTF8.self)
    }
}
