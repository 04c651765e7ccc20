/// A job as it is stored: five lines, of which the first is fixed fields and the last the payload, so that a worker
/// reads it without a JSON parser.
///
/// ```
/// 1w<priority> TAB kind TAB attempts TAB crashes TAB enqueued TAB started TAB finished TAB worker[ TAB lost]
/// options, one JSON object, or nothing
/// events, JSON objects with commas between, newest first, or nothing
/// outcome, one JSON object with "result" or "error", or nothing
/// payload, any JSON value, to the end
/// ```
/// The first character is the version of this layout, the second the state code: `w` not finished, `W` waits for its
/// children, `S` succeeded, `C` cancelled, `E` expired, `D` dead; `c` cancelled and `x` deleted while still in the list
/// of ready jobs. Times are unix milliseconds. `lost` is `<losses>[ <worker> …]`: how often its lease was lost by
/// workers that lived, and the workers that may have crashed or may come back.
public struct JobEnvelope: Sendable, Equatable {
    /// Bytes of a payload at most: 64 KiB. `JobPayload` refuses longer ones.
    public static let payloadLimitBytes = 65_536

    /// The state code; whether the job is ready, scheduled or running follows from the key that holds it.
    public var stateCode: StateCode
    /// -100 to 100; a greater one is fetched first.
    public var priority: Int
    /// Which handler runs the job.
    public var kind: JobKind
    /// Attempts that were spent, without the running one.
    public var attempts: Int
    /// Workers that died with the job: a supervisor saw it, or they never came back.
    public var crashes: Int
    /// How often its lease was lost by a worker that lived.
    public var losses: Int
    /// Workers that lost its lease and may have crashed or may come back.
    public var missing: [String]
    /// When the job was accepted, unix milliseconds by the clock of Redis.
    public var enqueuedMilliseconds: Int64
    /// Start of the last attempt, once the job is finished.
    public var startedMilliseconds: Int64?
    /// When the job finished, unix milliseconds; nil while it is not finished.
    public var finishedMilliseconds: Int64?
    /// The worker that ran the last attempt, once the job is finished.
    public var worker: String?
    /// One JSON object without line breaks, or empty; see `JobOptions`.
    public var options: String
    /// JSON objects with commas between, newest first.
    public var events: String
    /// One JSON object with `result` or `error` of the last attempt, without line breaks; empty before the first ended.
    public var outcome: String
    /// The arguments, one JSON value of at most `payloadLimitBytes`; carried as bytes and not parsed here.
    public var payload: [UInt8]

    /// The state code of a record.
    public enum StateCode: UInt8, Sendable {
        case live = 0x77  // w
        case waiting = 0x57  // W
        case succeeded = 0x53  // S
        case cancelled = 0x43  // C
        case expired = 0x45  // E
        case dead = 0x44  // D
        case cancelledInReady = 0x63  // c
        case deletedInReady = 0x78  // x
    }

    /// A new job.
    public init(kind: JobKind, payload: [UInt8], enqueuedMilliseconds: Int64, priority: Int = 0, options: String = "") {
        stateCode = .live
        self.priority = priority
        self.kind = kind
        attempts = 0
        crashes = 0
        losses = 0
        missing = []
        self.enqueuedMilliseconds = enqueuedMilliseconds
        self.options = options
        events = ""
        outcome = ""
        self.payload = payload
    }

    /// The stored form.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(96 + options.utf8.count + events.utf8.count + outcome.utf8.count + payload.count)
        bytes.append(0x31)
        bytes.append(stateCode.rawValue)
        bytes.append(decimal: Int64(priority))
        bytes.append(0x09)
        bytes.append(contentsOf: kind.description.utf8)
        for number in [
            Int64(attempts), Int64(crashes), enqueuedMilliseconds, startedMilliseconds, finishedMilliseconds,
        ] {
            bytes.append(0x09)
            if let number { bytes.append(decimal: number) }
        }
        bytes.append(0x09)
        if let worker { bytes.append(contentsOf: worker.utf8) }
        if losses > 0 || !missing.isEmpty {
            bytes.append(0x09)
            bytes.append(decimal: Int64(losses))
            for worker in missing { bytes.append(contentsOf: " \(worker)".utf8) }
        }
        for line in [options, events, outcome] {
            bytes.append(0x0A)
            bytes.append(contentsOf: line.utf8)
        }
        bytes.append(0x0A)
        bytes.append(contentsOf: payload)
        return bytes
    }

    /// - Throws: `JobQueueError.unreadableRecord` for anything `encoded()` does not write.
    public init(record bytes: [UInt8], id: String) throws(JobQueueError) {
        var reader = RecordReader(bytes: bytes)
        guard bytes.count > 2, bytes[0] == 0x31, let stateCode = StateCode(rawValue: bytes[1]) else {
            throw .unreadableRecord(id: id, why: "it is not of layout version 1.")
        }
        self.stateCode = stateCode
        reader.position = 2
        guard let priority = reader.number(until: 0x09), let kind = reader.text(until: 0x09), !kind.isEmpty,
            let attempts = reader.number(until: 0x09), let crashes = reader.number(until: 0x09),
            let enqueued = reader.number(until: 0x09)
        else { throw .unreadableRecord(id: id, why: "its first line is incomplete.") }
        self.priority = Int(priority)
        self.kind = JobKind(unchecked: kind)
        self.attempts = Int(attempts)
        self.crashes = Int(crashes)
        enqueuedMilliseconds = enqueued
        startedMilliseconds = reader.number(until: 0x09)
        finishedMilliseconds = reader.number(until: 0x09)
        guard let worker = reader.text(until: 0x0A), let options = reader.text(until: 0x0A),
            let events = reader.text(until: 0x0A), let outcome = reader.text(until: 0x0A)
        else { throw .unreadableRecord(id: id, why: "it has fewer than five lines.") }
        losses = 0
        missing = []
        self.worker = worker.isEmpty ? nil : worker
        self.options = options
        self.events = events
        self.outcome = outcome
        payload = Array(bytes[reader.position...])
        if worker.utf8.contains(0x09) { splitLosses(from: worker) }
    }

    /// Splits the losses from the end of the first line.
    private mutating func splitLosses(from text: String) {
        let parts = text.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
        let words = parts[1].split(separator: " ")
        worker = parts[0].isEmpty ? nil : String(parts[0])
        losses = words.first.flatMap { Int($0) } ?? 0
        missing = words.dropFirst().map(String.init)
    }

    /// Crashes, and losses that may still become crashes.
    public var strikes: Int { crashes + missing.count }
}

/// Walks over the fields of a record.
private struct RecordReader {
    let bytes: [UInt8]
    var position = 0

    /// The field before the next `end`; nil when there is no such byte. An empty or other field than a number is nil
    /// too.
    mutating func number(until end: UInt8) -> Int64? {
        var value: Int64 = 0
        var digits = 0
        var negative = false
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == end { return digits == 0 ? nil : negative ? -value : value }
            if byte == 0x2D, digits == 0, !negative {
                negative = true
            } else {
                guard (0x30...0x39).contains(byte), digits < 18 else { return nil }
                value = value * 10 + Int64(byte - 0x30)
                digits += 1
            }
        }
        return nil
    }

    mutating func text(until end: UInt8) -> String? {
        guard let stop = bytes[position...].firstIndex(of: end) else { return nil }
        defer { position = stop + 1 }
        return stop == position ? "" : String(decoding: bytes[position..<stop], as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends a number in decimal digits.
    mutating func append(decimal number: Int64) {
        if number < 0 { append(0x2D) }
        var rest = number.magnitude
        let start = count
        repeat {
            append(UInt8(rest % 10) + 0x30)
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }
}
