import Foundation

/// What a job carries beyond its kind and payload; most jobs carry none of it.
public struct JobOptions: Sendable, Equatable, Codable {
    /// The job that enqueued this one.
    public var parentID: String?
    /// The schedule entry it comes from, and the tick: `entry@nominal`.
    public var schedule: String?
    public var tick: String?
    /// The nominal time of the tick, unix milliseconds.
    public var nominalMilliseconds: Int64?
    /// Attempts after which it is given up, instead of the queue's number; 1 to 100.
    public var maxAttempts: Int?
    /// How long one attempt may take, instead of the queue's time; milliseconds.
    public var timeoutMilliseconds: Int64?
    /// After this time the job is not started any more, but counted as expired; unix milliseconds.
    public var freshUntilMilliseconds: Int64?
    /// How many jobs enqueued one another to get here; a limit ends endless chains.
    public var depth: Int?

    enum CodingKeys: String, CodingKey {
        case parentID = "parent", schedule, tick, nominalMilliseconds = "nominal_ms"
        case maxAttempts = "max_attempts", timeoutMilliseconds = "timeout_ms"
        case freshUntilMilliseconds = "fresh_until_ms", depth
    }

    public init() {}

    /// One JSON object in one line; empty when nothing is set.
    public func encoded() -> String {
        guard self != JobOptions(), let text = try? CompactJSON.text(self) else { return "" }
        return text
    }

    /// An unreadable text counts as none: it says how to run a job, never whether.
    public init(text: String) {
        self = (text.isEmpty ? nil : try? JSONDecoder().decode(JobOptions.self, from: Data(text.utf8))) ?? JobOptions()
    }
}

/// JSON in one line with its keys in order, as records hold it.
public enum CompactJSON {
    public static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// A text as it stands inside JSON, with its quotes.
    public static func quoted(_ text: String) -> String { (try? self.text(text)) ?? "\"\"" }
}
