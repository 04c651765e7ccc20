import Foundation

/// One thing that happened to a job.
public struct JobEvent: Sendable, Equatable, Codable {
    /// Unix milliseconds.
    public var at: Int64
    /// `enqueued started succeeded failed postponed parked crashed lease-lost requeued replaced coalesced dropped
    /// cancelled expired dead`
    public var event: String
    /// The attempt that it belongs to, from 1; nil for an event between attempts.
    public var attempt: Int?
    /// The worker that ran the attempt; nil for an event without a worker.
    public var worker: String?
    /// The reason or error in words; at most 500 characters where a worker settles an attempt.
    public var detail: String?

    /// Cuts nothing and checks nothing; `JobEnvelope.add` stores it.
    public init(at: Int64, event: String, attempt: Int? = nil, worker: String? = nil, detail: String? = nil) {
        self.at = at
        self.event = event
        self.attempt = attempt
        self.worker = worker
        self.detail = detail
    }

    /// How many events a record keeps; the first one and the newest stay.
    static let limit = 40

    /// The events of a record, newest first; an unreadable text gives none.
    static func list(_ text: String) -> [JobEvent] {
        text.isEmpty ? [] : (try? JSONDecoder().decode([JobEvent].self, from: Data("[\(text)]".utf8))) ?? []
    }

    static func text(_ events: [JobEvent]) -> String {
        let kept = events.count <= limit ? events : events.prefix(limit - 1) + events.suffix(1)
        guard let text = try? CompactJSON.text(kept) else { return "" }
        return String(text.dropFirst().dropLast())
    }
}

extension JobEnvelope {
    /// Puts an event before the others.
    public mutating func add(_ event: JobEvent) {
        events = JobEvent.text([event] + JobEvent.list(events))
    }
}

/// An error of an attempt, as records, the command line and the API show it.
public struct JobFailure: Sendable, Equatable, Codable {
    /// The error's type as rules match it, such as `no-such-bot`.
    public var type: String
    /// What went wrong, at most 2000 characters.
    public var message: String
    /// The same for errors that differ only in numbers, ids and times.
    public var fingerprint: String
    /// Unix milliseconds.
    public var at: Int64

    /// Cuts the message to 2000 characters and takes the fingerprint of the whole.
    public init(type: String, message: String, at: Int64) {
        self.type = type
        self.message = String(message.prefix(2_000))
        self.at = at
        fingerprint = Self.fingerprint(type: type, message: message)
    }

    /// Eight hexadecimal digits: FNV-1a over the type and the message with every run of digits and every hexadecimal id
    /// replaced by one symbol.
    static func fingerprint(type: String, message: String) -> String {
        var hash: UInt32 = 2_166_136_261
        func mix(_ byte: UInt8) { hash = (hash ^ UInt32(byte)) &* 16_777_619 }
        type.utf8.forEach(mix)
        mix(0)
        for word in message.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0A || $0 == 0x09 }) {
            let hasDigit = word.contains { (0x30...0x39).contains($0) }
            if hasDigit { mix(0x23) } else { word.forEach(mix) }
            mix(0x20)
        }
        let text = String(hash, radix: 16)
        return String(repeating: "0", count: 8 - text.count) + text
    }
}

extension JobFailure {
    /// The error that a record's outcome line holds; nil for a result or nothing.
    public init?(outcome: String) {
        guard outcome.hasPrefix("{\"error\":"),
            let wrapped = try? JSONDecoder().decode([String: JobFailure].self, from: Data(outcome.utf8)),
            let failure = wrapped["error"]
        else { return nil }
        self = failure
    }
}
