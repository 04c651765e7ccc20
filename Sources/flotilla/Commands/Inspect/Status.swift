import ArgumentParser
import Documents
import JobQueue
import Jobs
import Operations

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Queues, workers, limits and the schedule on one screen.")

    @OptionGroup var common: CommonOptions
    @Flag(help: "One JSON document on stdout.") var json = false
    @Flag(help: "Draw it again every two seconds.") var watch = false
    @Flag(
        help: """
            Exit with 8 unless a scheduler leads, files agree with it, all workers live and obey it, no job is dead, \
            none waits for over a minute for a worker that serves its queue and knows its kind, and canaries come \
            through.
            """
    )
    var check = false
    @Flag(
        help: """
            Also Redis' memory by use, and what bounds each: estimates from samples. Costs Redis some milliseconds; \
            without it status costs less than one.
            """
    )
    var memory = false

    func run() async throws {
        let composition = try Composition(common)
        try await composition.withBroker { broker in
            repeat {
                let reading = try await StatusReading(composition.statusSources(broker))
                if watch, Terminal.isInteractive, !json { print("\u{1B}[2J\u{1B}[H", terminator: "") }
                let uses = memory ? try await composition.memory(broker, used: reading.redis.memory) : nil
                if json {
                    var document = reading.document
                    document.memory = uses?.documents
                    Terminal.printDocument(document)
                } else {
                    reading.printTables()
                    uses?.printTable()
                }
                if watch { try await Following.sleep(for: .seconds(2)) }
                if check, let trouble = reading.trouble { throw CommandFailure(.unhealthy, trouble) }
            } while watch
        }
    }
}

extension MemoryReading {
    fileprivate func printTable() {
        print("")
        Terminal.printTable(
            ["MEMORY", "SIZE", "BOUNDED BY"], uses.map { [$0.name, "~" + Shown.bytes($0.bytes), $0.bound] })
    }
}

extension StatusReading {
    func printTables() {
        gate.lines(at: now).forEach { print($0) }
        // Without canaries there is nothing to show of them.
        let hasCanaries = queues.contains { $0.canaryInterval != nil }
        Terminal.printTable(
            [
                "QUEUE", "READY", "OLDEST", "RUNNING", "SCHEDULED", "RETRYING", "PARKED", "WAITING", "DEAD", "DONE/1m",
                "ERRORS/1m",
            ] + (hasCanaries ? ["CANARY"] : []) + ["STATE"],
            queues.map { reading in
                let queue = reading.counts
                return [
                    queue.name, "\(queue.ready)",
                    queue.ready == 0 ? "-" : Shown.age(milliseconds: queue.oldestWaitMilliseconds), "\(queue.running)",
                    "\(queue.scheduled)", "\(queue.retrying)", "\(queue.parked)", "\(queue.waiting)", "\(queue.dead)",
                    "\(queue.processedLastMinute)", "\(queue.failedLastMinute)",
                ] + (hasCanaries ? [reading.canaryText] : []) + [reading.state]
            })
        queues.lines(at: now).forEach { print($0) }
        print("")
        Terminal.printTable(
            ["WORKER", "POOL", "STATE", "RUNNING", "MEMORY", "HEARTBEAT", "SCHEDULE"],
            fleet.workers.map { worker in
                [
                    worker.id.description, worker.pool, worker.state, "\(worker.running)/\(worker.slots)",
                    Shown.bytes(worker.rssBytes), Shown.age(milliseconds: now - worker.heartbeatMilliseconds) + " ago",
                    worker.shownVersion,
                ]
            })
        printPools()
        print("")
        for off in switchedOff { print(off.sentence) }
        if isRebalanced == false { print("rebalance: \(RebalanceReport.confirmation)") }
        versionTroubles.forEach { print($0) }
        for state in circuits where state.phase != .closed { print(state.sentence(at: now)) }
        orders.lines.forEach { print($0) }
        for level in limits {
            print(
                "limit \(level.bucket.name): \(Int(level.available)) of \(level.bucket.burst) tokens, "
                    + "\(level.bucket.ratePerSecond) a second")
        }
        let lead = leader.map { "\($0.holder) (epoch \($0.epoch)), \(Shown.age(milliseconds: lagMilliseconds)) behind" }
        print("scheduler: \(lead ?? "none leads"), schedule version \(version)")
        for scheduler in schedulers where scheduler.skewMilliseconds.magnitude > 500 {
            let refuses = scheduler.skewMilliseconds.magnitude > LeaderLease.skewLimitMilliseconds.magnitude
            print(
                "scheduler \(scheduler.holder): its clock is \(scheduler.skewMilliseconds) ms off that of Redis"
                    + (refuses ? "; it does not lead" : ""))
        }
        schedule.lines.forEach { print($0) }
        if let trouble = ledgers.trouble { print("databases: \(trouble)") }
        let server = redis.version.map { "\($0), \(redis.memory.map(Shown.bytes) ?? "-")" }
        print("redis: \(redis.location), \(server ?? "version and memory unknown: our user may not run INFO")")
    }
}
