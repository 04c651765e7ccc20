import Ledger
import TestSupport
import Trading

@testable import JobQueue
@testable import Operations

/// Actions of operators, as the commands and the dashboard make them.
extension UndoWorld {
    /// Makes one change by chance; it may change nothing.
    /// - Returns: what was done, for a failure.
    func act(_ random: inout SeededRandom) async throws -> String {
        let queue = queues[Int.random(in: 0..<queues.count, using: &random)]
        switch Int.random(in: 0..<17, using: &random) {
        case 0:
            let length: Duration? = Bool.random(using: &random) ? .seconds(3_600) : nil
            try await fleet.pause(queue, for: length, why: "why")
            return "pause \(queue)"
        case 1:
            _ = try await fleet.resume(queue)
            return "resume \(queue)"
        case 2: return try await cancel(in: queue, &random)
        case 3...5: return try await changeDead(in: queue, &random)
        case 6:
            _ = try await fleet.purge(queue)
            return "purge \(queue)"
        case 7: return try await changeLimit(&random)
        case 8: return try await changeCircuit(&random)
        case 9:
            let text = "version \(Int.random(in: 0..<5, using: &random))"
            _ = try await fleet.storeSchedule(text, "schedule.apply", by: "ann", expecting: nil)
            return "apply \(text)"
        case 10:
            try await fleet.pauseEntry("entry#1", in: queue, for: nil, why: "why", catchUp: .skip)
            return "pause entry of \(queue)"
        case 11:
            _ = try await fleet.resumeEntry("entry#1", in: queue)
            return "resume entry of \(queue)"
        case 12:
            _ = try await fleet.acting("job.delete", on: "dead-0").deadLetters.forgetFinished(
                try JobID("dead-0"), in: queue)
            return "delete dead-0 of \(queue)"
        case 13: return try await changeFuse(in: queue, &random)
        case 14: return try await changeScale(&random)
        case 15:
            let order: WorkerOrder = Bool.random(using: &random) ? .quiet : .run
            _ = try await fleet.tell(worker, order)
            return "tell \(worker) to \(order.rawValue)"
        default: return try await changeBot(&random)
        }
    }

    private func changeFuse(in queue: QueueName, _ random: inout SeededRandom) async throws -> String {
        let store = FuseStore(broker: broker)
        if let fuse = try await store.fuses(of: [queue]).first, Bool.random(using: &random) {
            _ = try await fleet.removeFuse(fuse.fuse.id, from: [queue])
            return "remove fuse \(fuse.fuse.id) of \(queue)"
        }
        let match = Bool.random(using: &random) ? ["product": "SOL-USD"] : [:]
        let queues = Bool.random(using: &random) ? queues : [queue]
        let fuse = try await fleet.addFuse(
            kind: try JobKind("other"), match: match, for: .seconds(3_600), why: "why", to: queues)
        return "add fuse \(fuse.id) to \(queues)"
    }

    private func changeScale(_ random: inout SeededRandom) async throws -> String {
        let state = try await FleetStore(broker: broker).state()
        var changes: [FleetStore.PoolChange] = []
        for pool in ["market", "trading"] where Bool.random(using: &random) {
            let wanted = Int.random(in: 0..<4, using: &random)
            changes.append(
                FleetStore.PoolChange(pool: pool, seen: state.desired[pool], wanted: wanted == 0 ? nil : wanted))
        }
        guard !changes.isEmpty else { return "scale nothing" }
        _ = try await fleet.scale(changes, why: "why")
        return "scale \(changes)"
    }

    private func cancel(in queue: QueueName, _ random: inout SeededRandom) async throws -> String {
        let names = (0..<5).map { "ready-\($0)" } + ["unique", "later", "high"]
        let name = names[Int.random(in: 0..<names.count, using: &random)]
        _ = try await fleet.cancel(try JobID(name), in: queue)
        return "cancel \(name) of \(queue)"
    }

    private func changeDead(in queue: QueueName, _ random: inout SeededRandom) async throws -> String {
        let dead = try await broker.deadLetters.deadJobs(in: queue, after: nil).jobs
        var chosen: [StoredJob] = []
        for job in dead where Int.random(in: 0..<3, using: &random) == 0 { chosen.append(job) }
        guard let first = chosen.first else { return "nothing dead" }
        let names = chosen.map(\.id.description).joined(separator: " ")
        switch Int.random(in: 0..<3, using: &random) {
        case 0:
            _ = try await fleet.discard(chosen.map(\.id), in: queue)
            return "discard \(names) of \(queue)"
        case 1:
            _ = try await fleet.acting("dead.retry", on: names).deadLetters.requeue(chosen, in: queue)
            return "retry \(names) of \(queue)"
        default:
            let target = queues[Int.random(in: 0..<queues.count, using: &random)]
            let new = try job("edited-\(UInt32.random(in: 0 ... .max, using: &random))", in: target)
            _ = try await fleet.acting("dead.edit", on: first.id.description)
                .deadLetters.replaceDead(first.id, in: queue, with: new)
            return "edit \(first.id) of \(queue) into \(target)"
        }
    }

    private func changeLimit(_ random: inout SeededRandom) async throws -> String {
        if Bool.random(using: &random) {
            let rate = Double(Int.random(in: 1...9, using: &random))
            try await RateLimiter(broker: fleet.acting("limit.set", on: "coinbase"), buckets: Self.limits)
                .set("coinbase", ratePerSecond: rate, burst: Bool.random(using: &random) ? 3 : nil)
            return "set limit \(rate)"
        }
        _ = try await RateLimiter(broker: fleet.acting("limit.reset", on: "coinbase"), buckets: Self.limits)
            .reset("coinbase")
        return "reset limit"
    }

    private func changeCircuit(_ random: inout SeededRandom) async throws -> String {
        if Bool.random(using: &random) {
            try await CircuitBreaker(broker: fleet.acting("circuit.open", on: "coinbase"), circuits: Self.circuits)
                .open("coinbase", for: .seconds(600), reason: "why")
            return "open circuit"
        }
        _ = try await CircuitBreaker(broker: fleet.acting("circuit.reset", on: "coinbase"), circuits: Self.circuits)
            .reset("coinbase")
        return "reset circuit"
    }

    private func changeBot(_ random: inout SeededRandom) async throws -> String {
        let number = Int.random(in: 1...5, using: &random)
        let which = Int.random(in: 0..<5, using: &random)
        let id = OperationID.make(at: 1, using: &random)
        let actions = ["bot.start", "bot.edit", "bot.create", "bot.delete", "bots.stop-all"]
        let note = LedgerNote(id: id, by: "dashboard", actions[which])
        var edit = BotEdit()
        switch which {
        case 0:
            edit.status = Bool.random(using: &random) ? .running : .stopped
            let wanted = edit
            _ = try await ledger.editBot(number, noting: note) { _ in wanted }
        case 1:
            edit.name = "bot \(UInt16.random(in: 0 ... .max, using: &random))"
            edit.stopLossPct = 0.1 + Double(number)
            let wanted = edit
            _ = try await ledger.editBot(number, noting: note) { _ in wanted }
        case 2:
            edit.name = "new \(UInt16.random(in: 0 ... .max, using: &random))"
            edit.pair = "ETH-USD"
            _ = try await ledger.createBot(edit, noting: note)
        case 3: _ = try await ledger.deleteBot(number, noting: note)
        default: _ = try await ledger.stopAllBots(noting: note)
        }
        return "\(actions[which]) \(number)"
    }
}
