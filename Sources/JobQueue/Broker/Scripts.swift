package import Redis

/// The engine's scripts, by the name of their file.
package enum Scripts {
    static let enqueue = script("enqueue", PackageResources.enqueue_lua)
    static let tick = script("tick", PackageResources.tick_lua)
    static let setLastRun = script("set_last_run", PackageResources.set_last_run_lua)
    static let correctLastTick = script("correct_last_tick", PackageResources.correct_last_tick_lua)
    static let raiseEpoch = script("raise_epoch", PackageResources.raise_epoch_lua)
    static let lead = script("lead", PackageResources.lead_lua)
    static let resign = script("resign", PackageResources.resign_lua)
    static let storeSchedule = script("store_schedule", PackageResources.store_schedule_lua)
    static let activeVersion = script("active_version", PackageResources.active_version_lua)
    static let hadText = script("had_text", PackageResources.had_text_lua)
    static let dateSchedule = script("date_schedule", PackageResources.date_schedule_lua)
    static let pauseEntry = script("pause_entry", PackageResources.pause_entry_lua)
    static let renameEntry = script("rename_entry", PackageResources.rename_entry_lua)
    static let takeMaintenance = script("take_maintenance", PackageResources.take_maintenance_lua)
    static let join = script("join", PackageResources.join_lua)
    package static let fetch = script("fetch", PackageResources.fetch_lua)
    static let takeMessages = script("take_messages", PackageResources.take_messages_lua)
    static let countMessages = script("count_messages", PackageResources.count_messages_lua)
    static let extendLease = script("extend_lease", PackageResources.extend_lease_lua)
    static let leave = script("leave", PackageResources.leave_lua)
    package static let acknowledge = script("acknowledge", PackageResources.acknowledge_lua)
    static let retry = script("retry", PackageResources.retry_lua)
    static let postpone = script("postpone", PackageResources.postpone_lua)
    static let deadLetter = script("dead_letter", PackageResources.dead_letter_lua)
    static let promoteDue = script("promote_due", PackageResources.promote_due_lua)
    static let notifyAgain = script("notify_again", PackageResources.notify_again_lua)
    static let rescueExpired = script("rescue_expired", PackageResources.rescue_expired_lua)
    static let resolveMissing = script("resolve_missing", PackageResources.resolve_missing_lua)
    static let mendDue = script("mend_due", PackageResources.mend_due_lua)
    static let clampLeases = script("clamp_leases", PackageResources.clamp_leases_lua)
    static let cancel = script("cancel", PackageResources.cancel_lua)
    static let requeueDead = script("requeue_dead", PackageResources.requeue_dead_lua)
    static let discardDead = script("discard_dead", PackageResources.discard_dead_lua)
    static let sweepFinished = script("sweep_finished", PackageResources.sweep_finished_lua)
    static let purge = script("purge", PackageResources.purge_lua)
    static let trimDead = script("trim_dead", PackageResources.trim_dead_lua)
    static let forgetFinished = script("forget_finished", PackageResources.forget_finished_lua)
    static let pause = script("pause", PackageResources.pause_lua)
    static let park = script("park", PackageResources.park_lua)
    static let checkpoint = script("checkpoint", PackageResources.checkpoint_lua)
    static let completeBatch = script("complete_batch", PackageResources.complete_batch_lua)
    static let dropCompletions = script("drop_completions", PackageResources.drop_completions_lua)
    static let admitHeld = script("admit_held", PackageResources.admit_held_lua)
    static let replaceDead = script("replace_dead", PackageResources.replace_dead_lua)
    static let addFuse = script("add_fuse", PackageResources.add_fuse_lua)
    static let removeFuse = script("remove_fuse", PackageResources.remove_fuse_lua)
    static let releaseFused = script("release_fused", PackageResources.release_fused_lua)
    static let readGate = script("read_gate", PackageResources.read_gate_lua)
    static let halt = script("halt", PackageResources.halt_lua)
    static let resumeOrders = script("resume_orders", PackageResources.resume_orders_lua)
    static let holdOrders = script("hold_orders", PackageResources.hold_orders_lua)
    static let noteReconciliation = script("note_reconciliation", PackageResources.note_reconciliation_lua)
    static let configureQueue = script("configure_queue", PackageResources.configure_queue_lua)
    static let closeBucket = script("close_bucket", PackageResources.close_bucket_lua)
    static let takeTokens = script("take_tokens", PackageResources.take_tokens_lua)
    static let giveBackTokens = script("give_back_tokens", PackageResources.give_back_tokens_lua)
    static let setLimit = script("set_limit", PackageResources.set_limit_lua)
    static let deleteSetting = script("delete_setting", PackageResources.delete_setting_lua)
    static let sendCanary = script("send_canary", PackageResources.send_canary_lua)
    static let settleCanary = script("settle_canary", PackageResources.settle_canary_lua)
    static let restoreSetting = script("restore_setting", PackageResources.restore_setting_lua)
    static let restoreJobs = script("restore_jobs", PackageResources.restore_jobs_lua)
    static let sweepBin = script("sweep_bin", PackageResources.sweep_bin_lua)
    static let bulkStep = script("bulk_step", PackageResources.bulk_step_lua)
    static let bulkAbort = script("bulk_abort", PackageResources.bulk_abort_lua)
    static let circuitAdmit = script("circuit_admit", PackageResources.circuit_admit_lua)
    static let circuitFail = script("circuit_fail", PackageResources.circuit_fail_lua)
    static let circuitSucceed = script("circuit_succeed", PackageResources.circuit_succeed_lua)
    static let circuitGiveBack = script("circuit_give_back", PackageResources.circuit_give_back_lua)
    static let circuitOpen = script("circuit_open", PackageResources.circuit_open_lua)
    static let heartbeatHost = script("heartbeat_host", PackageResources.heartbeat_host_lua)
    static let scale = script("scale", PackageResources.scale_lua)
    static let rollFleet = script("roll_fleet", PackageResources.roll_fleet_lua)
    static let orderWorker = script("order_worker", PackageResources.order_worker_lua)

    /// The scripts by which operators change something, as they write the operator log too; by name.
    static let logged: [String: RedisScript] = [
        ("enqueue", PackageResources.enqueue_lua), ("tick", PackageResources.tick_lua),
        ("pause", PackageResources.pause_lua), ("purge", PackageResources.purge_lua),
        ("cancel", PackageResources.cancel_lua), ("forget_finished", PackageResources.forget_finished_lua),
        ("requeue_dead", PackageResources.requeue_dead_lua), ("discard_dead", PackageResources.discard_dead_lua),
        ("replace_dead", PackageResources.replace_dead_lua), ("pause_entry", PackageResources.pause_entry_lua),
        ("add_fuse", PackageResources.add_fuse_lua), ("remove_fuse", PackageResources.remove_fuse_lua),
        ("halt", PackageResources.halt_lua), ("resume_orders", PackageResources.resume_orders_lua),
        ("store_schedule", PackageResources.store_schedule_lua), ("set_limit", PackageResources.set_limit_lua),
        ("delete_setting", PackageResources.delete_setting_lua), ("circuit_open", PackageResources.circuit_open_lua),
        ("scale", PackageResources.scale_lua), ("roll_fleet", PackageResources.roll_fleet_lua),
        ("order_worker", PackageResources.order_worker_lua),
        ("restore_setting", PackageResources.restore_setting_lua),
        ("restore_jobs", PackageResources.restore_jobs_lua), ("bulk_abort", PackageResources.bulk_abort_lua),
    ].reduce(into: [:]) { scripts, pair in
        let source = ScriptLibrary.logged(pair.0, String(decoding: pair.1, as: UTF8.self))
        scripts[pair.0] = RedisScript(name: pair.0, source: source)
    }

    private static func script(_ name: String, _ source: [UInt8]) -> RedisScript {
        let source = String(decoding: source, as: UTF8.self)
        return RedisScript(name: name, source: ScriptLibrary.includes(of: source) + source)
    }

    /// The four scripts that settle a claim, with an extension's functions in place of extension.lua; by name.
    static func settling(extendedBy functions: String) -> [String: RedisScript] {
        [
            ("acknowledge", PackageResources.acknowledge_lua), ("retry", PackageResources.retry_lua),
            ("postpone", PackageResources.postpone_lua), ("dead_letter", PackageResources.dead_letter_lua),
        ].reduce(into: [:]) { scripts, pair in
            let source = String(decoding: pair.1, as: UTF8.self)
            scripts[pair.0] = RedisScript(
                name: pair.0, source: ScriptLibrary.includes(of: source, extension: functions) + source)
        }
    }
}

/// The functions that scripts share: `Scripts/lib/*.lua`. A script, or a file of the library, names what it needs in
/// its header: `-- Includes queue, unique`.
enum ScriptLibrary {
    private static let files: [String: String] = [
        "batch": PackageResources.batch_lua, "bin": PackageResources.bin_lua,
        "bucket": PackageResources.bucket_lua,
        "concurrency": PackageResources.concurrency_lua, "crash": PackageResources.crash_lua,
        "extension": PackageResources.extension_lua,
        "fuse": PackageResources.fuse_lua, "paused": PackageResources.paused_lua, "gate": PackageResources.gate_lua,
        "json": PackageResources.json_lua, "queue": PackageResources.queue_lua, "record": PackageResources.record_lua,
        "operation": PackageResources.operation_lua, "unique": PackageResources.unique_lua,
    ].mapValues { String(decoding: $0, as: UTF8.self) + "\n" }

    /// All that a source includes, each file once, after what it includes itself.
    /// - Parameter extension: stands in place of the file `extension`.
    static func includes(of source: String, extension functions: String? = nil) -> String {
        var (added, text): (Set<String>, String) = ([], "")
        func add(_ source: String) {
            for name in names(in: source) where added.insert(name).inserted {
                let own = name == "extension" ? functions : nil
                guard let file = own ?? files[name] else {
                    preconditionFailure("Scripts/lib/\(name).lua does not exist")
                }
                add(file)
                text += file
            }
        }
        add(source)
        return text
    }

    /// A script that writes the operator log in the same step: its body becomes a function, see operation.lua.
    static func logged(_ name: String, _ source: String) -> String {
        includes(of: "-- Includes operation" + (names(in: source).map { ", " + $0 }.joined()))
            + "local function change()\n" + source + "\nend\nreturn logged('\(name)', change)\n"
    }

    /// The names in the header of a source.
    private static func names(in source: String) -> [String] {
        let header = source.split(separator: "\n", omittingEmptySubsequences: false).prefix { $0.hasPrefix("--") }
        guard let line = header.first(where: { $0.hasPrefix("-- Includes ") }) else { return [] }
        return line.dropFirst(12).split(separator: ",").map { $0.filter { $0 != " " } }
    }
}
