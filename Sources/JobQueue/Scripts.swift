import Redis

/// The engine's scripts, by the name of their file.
enum Scripts {
    static let enqueue = script("enqueue", PackageResources.enqueue_lua)
    static let tick = script("tick", PackageResources.tick_lua)
    static let setBaseline = script("set_baseline", PackageResources.set_baseline_lua)
    static let raiseEpoch = script("raise_epoch", PackageResources.raise_epoch_lua)
    static let lead = script("lead", PackageResources.lead_lua)
    static let resign = script("resign", PackageResources.resign_lua)
    static let join = script("join", PackageResources.join_lua)
    static let fetch = script("fetch", PackageResources.fetch_lua)
    static let extendLease = script("extend_lease", PackageResources.extend_lease_lua)
    static let leave = script("leave", PackageResources.leave_lua)
    static let acknowledge = script("acknowledge", PackageResources.acknowledge_lua)
    static let retry = script("retry", PackageResources.retry_lua)
    static let postpone = script("postpone", PackageResources.postpone_lua)
    static let deadLetter = script("dead_letter", PackageResources.dead_letter_lua)
    static let promoteDue = script("promote_due", PackageResources.promote_due_lua)
    static let rescueExpired = script("rescue_expired", PackageResources.rescue_expired_lua)
    static let cancel = script("cancel", PackageResources.cancel_lua)
    static let requeueDead = script("requeue_dead", PackageResources.requeue_dead_lua)
    static let discardDead = script("discard_dead", PackageResources.discard_dead_lua)
    static let sweepFinished = script("sweep_finished", PackageResources.sweep_finished_lua)
    static let purge = script("purge", PackageResources.purge_lua)
    static let pause = script("pause", PackageResources.pause_lua)
    static let closeBucket = script("close_bucket", PackageResources.close_bucket_lua)
    static let takeTokens = script("take_tokens", PackageResources.take_tokens_lua)
    static let giveBackTokens = script("give_back_tokens", PackageResources.give_back_tokens_lua)
    static let circuitAdmit = script("circuit_admit", PackageResources.circuit_admit_lua)
    static let circuitFail = script("circuit_fail", PackageResources.circuit_fail_lua)
    static let circuitSucceed = script("circuit_succeed", PackageResources.circuit_succeed_lua)
    static let circuitGiveBack = script("circuit_give_back", PackageResources.circuit_give_back_lua)
    static let circuitOpen = script("circuit_open", PackageResources.circuit_open_lua)

    private static func script(_ name: String, _ source: [UInt8]) -> RedisScript {
        RedisScript(name: name, source: String(decoding: source, as: UTF8.self))
    }
}
