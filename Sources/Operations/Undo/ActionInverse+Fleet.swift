import JobQueue

/// The processes of the fleet.
extension ActionInverse {
    static let scale = ActionInverse(
        actions: ["pool.scale"],
        form: .setting { entry, keyspace, _ in
            SettingChange(entry, ofHash: keyspace.desired, unguarded: [FleetStore.scaledAt])
        })

    static let workerOrder = ActionInverse(actions: ["worker.quiet", "worker.run"], form: .workerOrder)

    static let workerStop = ActionInverse(
        actions: ["worker.stop"],
        form: .nothing("The worker ends, and its supervisor starts another."))

    static let restart = ActionInverse(
        actions: ["fleet.restart"],
        form: .nothing("Processes that have been replaced are gone."))
}

/// Orders and fuses.
extension ActionInverse {
    static let fuse = ActionInverse(actions: ["fuse.add", "fuse.remove"], form: .fuse)

    static let halt = ActionInverse(
        actions: ["orders.halt"],
        form: .nothing("'flotilla resume orders' ends a halt, once the orders are reconciled."))

    static let resumption = ActionInverse(
        actions: ["orders.resume"], form: .nothing("'flotilla halt' halts orders again."))

    static let flatten = ActionInverse(
        actions: ["orders.flatten"], form: .nothing("An order that was sent cannot be taken back."))
}
