import Redis

/// One version of the schedule file that is or was active.
public struct ScheduleVersion: Sendable, Equatable {
    /// From 1, without gaps.
    public let number: Int
    /// When it was activated: unix milliseconds by the clock of Redis.
    public let storedMilliseconds: Int64
    /// The operator that activated it, or the scheduler whose file had changed.
    public let author: String
    /// The file, byte for byte; empty in a listing.
    public let text: String

    /// Number and time of activation, without the text.
    public var stamp: ScheduleStamp { ScheduleStamp(number: number, storedMilliseconds: storedMilliseconds) }
}

/// Identifies a version of the schedule. A Redis that lost its data counts from 1 again, so versions are compared by
/// both parts, and only for equality.
public struct ScheduleStamp: Sendable, Hashable {
    /// From 1, without gaps, as long as Redis keeps its data.
    public let number: Int
    /// Unix milliseconds by the clock of Redis.
    public let storedMilliseconds: Int64

    /// Two stamps are the same version only when both parts are equal.
    public init(number: Int, storedMilliseconds: Int64) {
        self.number = number
        self.storedMilliseconds = storedMilliseconds
    }
}

/// The result of the activation of a text.
public enum ScheduleStoring: Sendable, Equatable {
    case stored(version: Int)
    /// The newest version has exactly this text; nothing was changed.
    case same(version: Int)
    /// Another version was stored meanwhile; nothing was changed.
    case conflict(newest: Int)
    /// Stale epoch: a newer leader was elected. Nothing was changed.
    case stale(newest: Int)
}

extension ScheduleVersion {
    /// - Parameter bytes: as store_schedule.lua writes them; nil for anything else.
    init?(stored bytes: [UInt8], withText: Bool) {
        guard let end = bytes.firstIndex(of: 0x0A) else { return nil }
        let words = String(decoding: bytes[..<end], as: UTF8.self).split(
            separator: "\t", omittingEmptySubsequences: false)
        guard words.count == 3, let number = Int(words[0]), let at = StoredTime.milliseconds(words[1]) else {
            return nil
        }
        self.number = number
        storedMilliseconds = at
        author = String(words[2])
        text = withText ? String(decoding: bytes[(end + 1)...], as: UTF8.self) : ""
    }
}
