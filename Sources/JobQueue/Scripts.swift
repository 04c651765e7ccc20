import Redis

/// The engine's scripts, by the name of their file.
enum Scripts {
    static let enqueue = linked("enqueue", PackageResources.enqueue_lua)
    static let tick = linked("tick", PackageResources.tick_lua)
    static let setBaseline = script("set_baseline", PackageResources.set_baseline_lua)
    static let correctLastTick = script("correct_last_tick", PackageResources.correct_last_tick_lua)
    static let raiseEpoch = script("raise_epoch", PackageResources.raise_epoch_lua)
    static let lead = script("lead", PackageResources.lead_lua)
    static let resign = script("resign", PackageResources.resign_lua)
    static let storeSchedule = script("store_schedule", PackageResources.store_schedule_lua)
    static let activeVersion = script("active_version", PackageResources.active_version_lua)
    static let dateSchedule = script("date_schedule", PackageResources.date_schedule_lua)
    static let pauseEntry = script("pause_entry", PackageResources.pause_entry_lua)
    static let carryEntry = script("carry_entry", PackageResources.carry_entry_lua)
    static let takeMaintenance = script("take_maintenance", PackageResources.take_maintenance_lua)
    static let join = script("join", PackageResources.join_lua)
    static let fetch = linked("fetch", PackageResources.fetch_lua)
    static let extendLease = script("extend_lease", PackageResources.extend_lease_lua)
    static let leave = script("leave", PackageResources.leave_lua)
    static let acknowledge = linked("acknowledge", PackageResources.acknowledge_lua)
    static let retry = linked("retry", PackageResources.retry_lua)
    static let postpone = linked("postpone", PackageResources.postpone_lua)
    static let deadLetter = linked("dead_letter", PackageResources.dead_letter_lua)
    static let promoteDue = linked("promote_due", PackageResources.promote_due_lua)
    static let callAgain = linked("call_again", PackageResources.call_again_lua)
    static let rescueExpired = blaming("rescue_expired", PackageResources.rescue_expired_lua)
    static let judgeMissing = blaming("judge_missing", PackageResources.judge_missing_lua)
    static let mendDue = script("mend_due", PackageResources.mend_due_lua)
    static let clampLeases = script("clamp_leases", PackageResources.clamp_leases_lua)
    static let cancel = linked("cancel", PackageResources.cancel_lua)
    static let requeueDead = linked("requeue_dead", PackageResources.requeue_dead_lua)
    static let discardDead = linked("discard_dead", PackageResources.discard_dead_lua)
    static let sweepFinished = linked("sweep_finished", PackageResources.sweep_finished_lua)
    static let purge = linked("purge", PackageResources.purge_lua)
    static let trimDead = linked("trim_dead", PackageResources.trim_dead_lua)
    static let forgetFinished = linked("forget_finished", PackageResources.forget_finished_lua)
    static let pause = script("pause", PackageResources.pause_lua)
    static let park = linked("park", PackageResources.park_lua)
    static let checkpoint = script("checkpoint", PackageResources.checkpoint_lua)
    static let completeBatch = linked("complete_batch", PackageResources.complete_batch_lua)
    static let dropNotices = script("drop_notices", PackageResources.drop_notices_lua)
    static let admitHeld = linked("admit_held", PackageResources.admit_held_lua)
    static let replaceDead = linked("replace_dead", PackageResources.replace_dead_lua)
    static let configureQueue = script("configure_queue", PackageResources.configure_queue_lua)
    static let closeBucket = script("close_bucket", PackageResources.close_bucket_lua)
    static let takeTokens = script("take_tokens", PackageResources.take_tokens_lua)
    static let giveBackTokens = script("give_back_tokens", PackageResources.give_back_tokens_lua)
    static let circuitAdmit = script("circuit_admit", PackageResources.circuit_admit_lua)
    static let circuitFail = script("circuit_fail", PackageResources.circuit_fail_lua)
    static let circuitSucceed = script("circuit_succeed", PackageResources.circuit_succeed_lua)
    static let circuitGiveBack = script("circuit_give_back", PackageResources.circuit_give_back_lua)
    static let circuitOpen = script("circuit_open", PackageResources.circuit_open_lua)

    /// A script that uses the functions of links.lua.
    private static func linked(_ name: String, _ source: [UInt8]) -> RedisScript {
        script(name, PackageResources.links_lua + [0x0A] + source)
    }

    /// A script that uses the functions of blame.lua too.
    private static func blaming(_ name: String, _ source: [UInt8]) -> RedisScript {
        linked(name, PackageResources.blame_lua + [0x0A] + source)
    }

    private static func script(_ name: String, _ source: [UInt8]) -> RedisScript {
        RedisScript(name: name, source: String(decoding: source, as: UTF8.self))
    }
}
