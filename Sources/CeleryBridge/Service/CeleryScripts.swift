import JobQueue
import Redis

/// The bridge's Lua in the forms in which it runs.
struct CeleryScripts: Sendable {
    /// In the scripts that settle jobs.
    let settlement: SettlementExtension
    /// Alone: ARGV[1] is the time, unix ms; the words follow. Gives the jobs that completed chords ask for.
    let apply: RedisScript
    let restore: RedisScript
    let ring: RedisScript
    let drop: RedisScript
    let untold: RedisScript

    init() {
        let effects = Self.text(PackageResources.effects_lua)
        settlement = SettlementExtension(functions: effects)
        apply = RedisScript(
            name: "effects", source: effects + "\nreturn extend(nil, 2, #ARGV - 1, tonumber(ARGV[1]))\n")
        restore = RedisScript(name: "restore_unacked", source: Self.text(PackageResources.restore_unacked_lua))
        ring = RedisScript(name: "ring", source: Self.text(PackageResources.ring_lua))
        untold = RedisScript(name: "untold", source: Self.text(PackageResources.untold_lua))
        drop = RedisScript(name: "drop_first", source: Self.text(PackageResources.drop_first_lua))
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
