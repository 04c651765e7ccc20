@testable import JobQueue

/// Draws commands that mostly have something to do in the state at hand, and sometimes have not.
struct CommandGenerator {
    private var serial = 0
    private var workers = 0
    private let entries = ["e1", "e2"]
    private let gates = ["kind=k@1", "kind=k@2"]

    mutating func next(in model: QueueModel, using random: inout some RandomNumberGenerator) -> QueueCommand {
        let name = ["a", "a", "b"].randomElement(using: &random) ?? "a"
        let queue = model.queues[name] ?? QueueModel.Queue()
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<7: return advance(&random)
        case 7..<25:
            return .enqueue(name, (0..<Int.random(in: 1...4, using: &random)).map { _ in job(queue, &random) })
        case 25..<46: return fetch(name, queue, &random)
        case 46..<69: return settlement(name, model, &random)
        case 69..<74: return fleetStep(name, queue, &random)
        case 74..<79: return rescue(name, queue, &random)
        case 79..<83: return .promote(name)
        case 83..<86: return Bool.random(using: &random) ? .deliverChildCompletions(name) : .admitHeld(name)
        case 86..<95: return operatorStep(name, queue, &random)
        default: return schedulerStep(name, model, queue, &random)
        }
    }

    private func advance(_ random: inout some RandomNumberGenerator) -> QueueCommand {
        let most: Int64 = oneIn(20, &random) ? 90_000_000 : 30_000
        return .advance(Int64.random(in: 1...most, using: &random))
    }

    private func oneIn(_ count: Int, _ random: inout some RandomNumberGenerator) -> Bool {
        Int.random(in: 0..<count, using: &random) == 0
    }

    private mutating func job(_ queue: QueueModel.Queue, _ random: inout some RandomNumberGenerator) -> QueueCommand.Job
    {
        serial += 1
        var job = QueueCommand.Job(id: "j\(serial)")
        if oneIn(6, &random) {
            job.id =
                queue.jobs.keys.sorted().randomElement(using: &random)
                ?? "j\(Int.random(in: 1...serial, using: &random))"
        }
        if oneIn(4, &random) { job.priority = Int.random(in: -2...2, using: &random) }
        if oneIn(4, &random) { job.delay = Int64.random(in: -5...20_000, using: &random) }
        if oneIn(3, &random) {
            job.unique = ["u1", "u2", "u3"].randomElement(using: &random)
            if oneIn(3, &random) { job.uniqueFor = Int64.random(in: -5...60_000, using: &random) }
            job.coalesces = Bool.random(using: &random)
        }
        if oneIn(3, &random) {
            let one = Bool.random(using: &random)
            (job.cap, job.concurrencyLimit) = one ? ("c1", Bool.random(using: &random) ? nil : 1) : ("c2", 2)
        }
        return job
    }

    private mutating func fetch(
        _ name: String, _ queue: QueueModel.Queue, _ random: inout some RandomNumberGenerator
    ) -> QueueCommand {
        guard let worker = worker(of: queue, &random) else { return join(name, &random) }
        let limit = Int.random(in: 1...5, using: &random)
        if oneIn(7, &random), let gate = gates.randomElement(using: &random) {
            return .fetchParked(name, worker: worker, gate: gate, limit: limit)
        }
        return .fetch(name, worker: worker, limit: limit, crashed: Int.random(in: 0..<3, using: &random) > 0)
    }

    private func worker(of queue: QueueModel.Queue, _ random: inout some RandomNumberGenerator) -> String? {
        queue.leases.keys.sorted().randomElement(using: &random)
    }

    private mutating func join(_ name: String, _ random: inout some RandomNumberGenerator) -> QueueCommand {
        // One name in four has a lease already.
        if workers == 0 || !oneIn(4, &random) { workers += 1 }
        return .join(name, worker: "w\(workers)", lease: Int64.random(in: 1_000...120_000, using: &random))
    }

    private mutating func settlement(
        _ name: String, _ model: QueueModel, _ random: inout some RandomNumberGenerator
    ) -> QueueCommand {
        let held = model.held.keys.filter { $0.queue == name }.sorted()
        guard let one = held.randomElement(using: &random) else { return .wakeUp(name) }
        let delay = Int64.random(in: -10...20_000, using: &random)
        switch Int.random(in: 0..<12, using: &random) {
        case 0, 1: return .retry(name, worker: one.worker, id: one.id, delay: delay)
        case 2: return .postpone(name, worker: one.worker, id: one.id, delay: Bool.random(using: &random) ? 0 : delay)
        case 3: return .deadLetter(name, worker: one.worker, id: one.id)
        case 4:
            let gate = gates.randomElement(using: &random) ?? gates[0]
            return .park(name, worker: one.worker, id: one.id, gate: gate)
        default:
            var ended: [QueueCommand.Ended] = []
            for hold in held where hold.worker == one.worker && (hold == one || Bool.random(using: &random)) {
                let mayWait = !ended.contains(where: \.isWaiting)
                ended.append(ending(hold.id, name, model, mayWait: mayWait, &random))
            }
            // A worker that tells of one job twice must not settle it twice.
            if oneIn(12, &random), let first = ended.first, !first.isWaiting { ended.append(first) }
            return .acknowledge(name, worker: one.worker, ended)
        }
    }

    private mutating func ending(
        _ id: String, _ name: String, _ model: QueueModel, mayWait: Bool, _ random: inout some RandomNumberGenerator
    ) -> QueueCommand.Ended {
        let stateCodes: [JobEnvelope.StateCode] = [.succeeded, .succeeded, .succeeded, .cancelled, .expired]
        var ended = QueueCommand.Ended(id: id, stateCode: stateCodes.randomElement(using: &random) ?? .succeeded)
        for _ in 0..<max(0, Int.random(in: -3...3, using: &random)) {
            ended.children.append(child(name, model, &random))
        }
        guard mayWait, ended.stateCode == .succeeded, !ended.children.isEmpty, Bool.random(using: &random) else {
            return ended
        }
        ended.plan = Bool.random(using: &random) ? .fail : .goOn
        if oneIn(2, &random) {
            var then = child(name, model, &random)
            // Told from other jobs by its name.
            then.job.id = "t\(then.job.id)"
            ended.then = then
        }
        return ended
    }

    private mutating func child(
        _ name: String, _ model: QueueModel, _ random: inout some RandomNumberGenerator
    ) -> QueueCommand.Child {
        let queue = ["a", "b"].randomElement(using: &random) ?? name
        return .init(queue: queue, job: job(model.queues[queue] ?? .init(), &random))
    }

    private mutating func fleetStep(
        _ name: String, _ queue: QueueModel.Queue, _ random: inout some RandomNumberGenerator
    ) -> QueueCommand {
        guard let worker = worker(of: queue, &random) else { return join(name, &random) }
        switch Int.random(in: 0..<7, using: &random) {
        case 6: return .clampLeases(name)
        case 0: return .leave(name, worker: worker)
        case 1: return .wakeUp(name)
        case 2, 3: return .extend(name, worker: worker, lease: Int64.random(in: 1_000...120_000, using: &random))
        default: return join(name, &random)
        }
    }

    private func rescue(
        _ name: String, _ queue: QueueModel.Queue, _ random: inout some RandomNumberGenerator
    ) -> QueueCommand {
        let maxCrashes = Int.random(in: 1...3, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            let known = Set(queue.running.keys).union(queue.vanished.keys).union(queue.leases.keys).sorted()
            return .seeDeath(name, worker: known.randomElement(using: &random) ?? "w0", maxCrashes: maxCrashes)
        case 1: return .judge(name, maxCrashes: maxCrashes)
        // A worker that was missing comes back.
        case 2:
            guard let back = queue.vanished.keys.sorted().randomElement(using: &random) else { break }
            return .leave(name, worker: back)
        default: break
        }
        return .rescue(name, maxCrashes: maxCrashes)
    }

    private mutating func operatorStep(
        _ name: String, _ queue: QueueModel.Queue, _ random: inout some RandomNumberGenerator
    ) -> QueueCommand {
        let dead = queue.dead.keys.sorted().filter { _ in Bool.random(using: &random) }
        let running = queue.running.values.flatMap { $0 }.map(\.id).sorted()
        let pool = Bool.random(using: &random) && !running.isEmpty ? running : queue.jobs.keys.sorted()
        let known = pool.randomElement(using: &random) ?? "nobody"
        switch Int.random(in: 0..<20, using: &random) {
        case 0...4: return .cancel(name, id: known)
        case 5, 6: return .requeue(name, dead)
        // Only dead jobs may go.
        case 7: return .discard(name, dead + [known])
        case 8:
            return .pause(
                name, duration: Bool.random(using: &random) ? nil : Int64.random(in: 1...20_000, using: &random))
        case 9, 10: return .resume(name)
        case 11: return .sweep(name, retention: Int64.random(in: 0...60_000, using: &random))
        case 12, 13:
            let other = ["a", "b"].randomElement(using: &random) ?? name
            return .replaceDead(
                name, id: dead.first ?? known, with: .init(queue: other, job: job(queue, &random)))
        case 14: return oneIn(4, &random) ? .purge(name) : .resume(name)
        // A child that failed comes back while its parent still waits.
        case 15: return .requeue(name, dead.filter { queue.jobs[$0]?.options.batch != nil })
        default: return configuration(name, &random)
        }
    }

    private func configuration(_ name: String, _ random: inout some RandomNumberGenerator) -> QueueCommand {
        let most = Bool.random(using: &random) ? nil : Int.random(in: 1...10, using: &random)
        let policy = QueueSettings.WhenFull.allCases.randomElement(using: &random) ?? .reject
        return .configure(name, most: most, policy)
    }

    private mutating func schedulerStep(
        _ name: String, _ model: QueueModel, _ queue: QueueModel.Queue, _ random: inout some RandomNumberGenerator
    ) -> QueueCommand {
        let holder = ["s1", "s2"].randomElement(using: &random) ?? "s1"
        let entry = entries.randomElement(using: &random) ?? "e1"
        // Now and then a leader that is none any more speaks.
        let epoch = max(1, model.epochs - (oneIn(3, &random) ? 1 : 0))
        let nominal = model.now - Int64.random(in: -1_000...20_000, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1: return .lead(holder)
        case 2: return Bool.random(using: &random) ? .resign(holder) : .lapse
        case 3: return .announce(name, epoch: epoch)
        case 4: return .baseline(name, entry: entry, at: nominal, epoch: epoch)
        default:
            let job = oneIn(4, &random) ? nil : job(queue, &random)
            return .tick(
                name, entry: entry, nominal: nominal, epoch: epoch, skips: Bool.random(using: &random), job)
        }
    }
}
