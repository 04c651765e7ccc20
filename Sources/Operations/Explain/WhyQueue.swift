import Documents
import JobQueue

/// Why the jobs of a queue do not run.
struct WhyQueue: Sendable {
    let view: FleetView
    let fleet: FleetHolds
    /// Whether a scheduler leads; without one no entry enqueues jobs.
    let hasLeader: Bool

    func answer(_ queue: QueueName) async throws -> WhyAnswer {
        let inspector = QueueInspector(broker: view.broker)
        let reading = try await fleet.reading(of: queue, inspector)
        let counts = reading.counts
        // A queue that is empty waits for nothing but a pause, which is worth telling all the same.
        let holds = reading.holds.filter { $0.count > 0 || $0.cause == .paused || $0.cause == .circuit }
        let numbers = WhyFact(
            "\(counts.ready) ready, \(counts.running) running, \(counts.scheduled) scheduled, \(counts.retrying) "
                + "retrying, \(counts.parked) parked, \(counts.waiting) waiting, \(counts.dead) dead",
            from: "queue in Redis")
        guard let first = holds.first(where: { !$0.isOrdinary }) ?? holds.first else {
            return idle(reading, numbers)
        }
        let evidence = try await HoldReader(fleet: fleet, broker: view.broker).evidence(of: first)
        let jobs = "\(first.count) \(first.count == 1 ? "job" : "jobs") of '\(queue)'"
        let who = first.count == 0 ? "what comes to queue '\(queue)'" : jobs
        var answer = first.answer(who, evidence, at: fleet.now)
        if first.count > 1 { answer.sentence = answer.sentence.replacing("\(who) waits", with: "\(who) wait") }
        if first.cause == .children,
            let waiting = try await inspector.jobs(in: queue, state: .waiting, limit: 1).first
        {
            answer.remedy = "Ask on with: flotilla why \(waiting.id)"
        }
        answer.facts.append(numbers)
        let gate = reading.holds.filter { $0.count == 0 && ($0.cause == .halted || $0.cause == .held) }
        answer.facts += gate.map { WhyFact($0.reason, from: "order gate in Redis", at: $0.since) }
        answer.facts += holds.filter { $0 != first }.map { WhyFact($0.sentence(at: fleet.now), from: "Redis") }
        return answer
    }

    private func idle(_ reading: QueueReading, _ numbers: WhyFact) -> WhyAnswer {
        let counts = reading.counts
        let serving = fleet.serving(counts.name)
        if counts.ready + counts.running > 0 {
            return WhyAnswer(
                "running",
                "queue '\(counts.name)' runs: \(counts.running) of its jobs run, and \(counts.ready) come next",
                facts: [numbers])
        }
        if let gate = reading.holds.first(where: { $0.cause == .halted || $0.cause == .held }) {
            return WhyAnswer(
                gate.cause == .halted ? "halted" : "held",
                "nothing waits in queue '\(counts.name)', and no order would be placed: \(gate.reason)",
                facts: [WhyFact(gate.reason, from: "order gate in Redis", at: gate.since), numbers],
                remedy: gate.remedy)
        }
        if let danger = fleet.danger(to: counts.name) {
            let hold = Hold(cause: .unsafeRedis, queue: counts.name, count: 0, reason: danger)
            return WhyAnswer(
                "unsafe-redis",
                "nothing waits in queue '\(counts.name)', and no order would be taken: Redis is not safe "
                    + "for orders: \(danger)", facts: [numbers], remedy: hold.remedy)
        }
        if let off = serving.first(where: { $0.switchedOff.contains("TRADING_ENABLED") }),
            let effect = SwitchedOff.effect(of: "TRADING_ENABLED"), fleet.placesOrders(counts.name)
        {
            return WhyAnswer(
                "trading-disabled", "nothing waits in queue '\(counts.name)'; \(effect)",
                facts: [WhyFact("worker \(off.id) was started with it", from: "worker registry"), numbers],
                remedy: "Set TRADING_ENABLED to true and start the workers again.")
        }
        let held = serving.flatMap(\.heldBecause)
        if let reason = held.first, fleet.placesOrders(counts.name) {
            return WhyAnswer(
                "orders-held", "nothing waits in queue '\(counts.name)', and no order would be placed: \(reason)",
                facts: [WhyFact("\(held.count) workers report it", from: "worker registry"), numbers])
        }
        let entries = hasLeader ? "" : ", and no scheduler leads: no entry enqueues anything"
        return WhyAnswer(
            hasLeader ? "idle" : "no-leader", "no job waits in queue '\(counts.name)'\(entries)",
            facts: [
                numbers,
                WhyFact(
                    serving.count == 1 ? "one live worker serves it" : "\(serving.count) live workers serve it",
                    from: "worker registry"),
            ],
            remedy: hasLeader ? nil : "Start one with 'flotilla scheduler'.")
    }
}
