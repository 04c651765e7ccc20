package import Redis

/// Lua functions of another module that run in the scripts that settle claims, so that what it writes is there exactly
/// when the job is settled.
///
/// Make one and keep it: its scripts remember their digests.
public struct SettlementExtension: Sendable {
    private let scripts: [String: RedisScript]

    /// - Parameter functions: Lua that defines `extend(q, first, words, now)`, as extension.lua does. It may use the
    ///   functions of queue.lua, record.lua and unique.lua.
    public init(functions: String) { scripts = Scripts.settling(extendedBy: functions) }

    /// The extended form of a script.
    func script(_ plain: RedisScript) -> RedisScript { scripts[plain.name] ?? plain }
}

/// What an extension writes with one settlement.
public struct SettlementWrites: Sendable {
    /// The functions that understand the words.
    public let by: SettlementExtension
    /// At most a few hundred; their meaning is the extension's.
    package let words: [RedisWord]

    /// No words, no writes.
    package init(by extension: SettlementExtension, words: [RedisWord]) {
        by = `extension`
        self.words = words
    }
}
