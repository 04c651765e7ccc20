@testable import JobQueue

/// One step of a sequence. Everything it needs is in it, so that a sequence can be replayed and shortened.
///
/// Times are milliseconds; delays count from the moment of the step, and 0 or less means now.
enum QueueCommand: Equatable, Sendable {
    struct Job: Equatable, Sendable {
        var id: String
        var priority = 0
        var delay: Int64 = 0
    }

    struct Child: Equatable, Sendable {
        var queue: String
        var job: Job
    }

    struct Ended: Equatable, Sendable {
        var id: String
        var mark = JobEnvelope.Mark.succeeded
        var children: [Child] = []
    }

    case advance(Int64)
    case enqueue(String, [Job])
    case join(String, worker: String, lease: Int64)
    case extend(String, worker: String, lease: Int64)
    case leave(String, worker: String)
    case fetch(String, worker: String, limit: Int)
    /// An idle worker takes a wake-up call.
    case wakeUp(String)
    case acknowledge(String, worker: String, [Ended])
    case retry(String, worker: String, id: String, delay: Int64)
    case postpone(String, worker: String, id: String, delay: Int64)
    case deadLetter(String, worker: String, id: String)
    case cancel(String, id: String)
    case promote(String)
    case rescue(String, maxCrashes: Int)
    case requeue(String, [String])
    case discard(String, [String])
    case pause(String, duration: Int64?)
    case resume(String)
    case sweep(String, retention: Int64)
    case lead(String)
    case resign(String)
    /// The leader's lease ends.
    case lapse
    case announce(String, epoch: Int)
    case baseline(String, entry: String, at: Int64, epoch: Int)
    case tick(String, entry: String, nominal: Int64, epoch: Int, skips: Bool, Job?)
}

/// As Swift text, so that a sequence from a report can be put into a test.
extension QueueCommand.Job: CustomStringConvertible {
    var description: String { ".init(id: \"\(id)\", priority: \(priority), delay: \(delay))" }
}

extension QueueCommand.Child: CustomStringConvertible {
    var description: String { ".init(queue: \"\(queue)\", job: \(job))" }
}

extension QueueCommand.Ended: CustomStringConvertible {
    var description: String {
        ".init(id: \"\(id)\", mark: .\("\(mark)".split(separator: ".").last ?? ""), children: \(children))"
    }
}

/// Draws commands that mostly have something to do in the state at hand, and sometimes have not.
struct CommandGenerator {
    private var serial = 0
    private var workers = 0
    private let entries = ["e1", "e2"]

    mutating func next(in model: QueueModel, using random: inout some RandomNumberGenerator) -> QueueCommand {
        let name = ["a", "a", "b"].randomElement(using: &random) ?? "a"
        let queue = model.queues[name] ?? QueueModel.Queue()
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<8: return advance(&random)
        case 8..<28:
            return .enqueue(name, (0..<Int.random(in: 1...4, using: &random)).map { _ in job(queue, &random) })
        case 28..<48:
            guard let worker = worker(of: queue, &random) else { return join(name, &random) }
            return .fetch(name, worker: worker, limit: Int.random(in: 1...5, using: &random))
        case 48..<70: return settlement(name, model, &random)
        case 70..<76: return fleetStep(name, queue, &random)
        case 76..<82: return .rescue(name, maxCrashes: Int.random(in: 1...3, using: &random))
        case 82..<87: return .promote(name)
        case 87..<95: return operatorStep(name, queue, &random)
        default: return schedulerStep(name, model, queue, &random)
        }
    }

    private func advance(_ random: inout some RandomNumberGenerator) -> QueueCommand {
        let most: Int64 = Int.random(in: 0..<20, using: &random) == 0 ? 90_000_000 : 30_000
        return .advance(Int64.random(in: 1...most, using: &random))
    }

    private mutating func job(_ queue: QueueModel.Queue, _ random: inout some RandomNumberGenerator) -> QueueCommand.Job
    {
        serial += 1
        var id = "j\(serial)"
        if Int.random(in: 0..<6, using: &random) == 0 {
            id =
                queue.jobs.keys.sorted().randomElement(using: &random)
                ?? "j\(Int.random(in: 1...serial, using: &random))"
        }
        let priority = Int.random(in: 0..<4, using: &random) == 0 ? Int.random(in: -2...2, using: &random) : 0
        let delay = Int.random(in: 0..<4, using: &random) == 0 ? Int64.random(in: -5...20_000, using: &random) : 0
        return QueueCommand.Job(id: id, priority: priority, delay: delay)
    }

    private func worker(of queue: QueueModel.Queue, _ random: inout some RandomNumberGenerator) -> String? {
        queue.leases.keys.sorted().randomElement(using: &random)
    }

    private mutating func join(_ name: String, _ random: inout some RandomNumberGenerator) -> QueueCommand {
        // One name in four has a lease already.
        if workers == 0 || Int.random(in: 0..<4, using: &random) > 0 { workers += 1 }
        return .join(name, worker: "w\(workers)", lease: Int64.random(in: 1_000...120_000, using: &random))
    }

    private mutating func settlement(
        _ name: String, _ model: QueueModel, _ random: inout some RandomNumberGenerator
    ) -> QueueCommand {
        let held = model.held.keys.filter { $0.queue == name }.sorted()
        guard let one = held.randomElement(using: &random) else { return .wakeUp(name) }
        let delay = Int64.random(in: -10...20_000, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0, 1: return .retry(name, worker: one.worker, id: one.id, delay: delay)
        case 2: return .postpone(name, worker: one.worker, id: one.id, delay: Bool.random(using: &random) ? 0 : delay)
        case 3: return .deadLetter(name, worker: one.worker, id: one.id)
        default:
            var ended: [QueueCommand.Ended] = []
            for hold in held where hold.worker == one.worker && (hold == one || Bool.random(using: &random)) {
                ended.append(ending(hold.id, name, model, &random))
            }
            // A worker that tells of one job twice must not settle it twice.
            if Int.random(in: 0..<12, using: &random) == 0, let first = ended.first { ended.append(first) }
            return .acknowledge(name, worker: one.worker, ended)
        }
    }

    private mutating func ending(
        _ id: String, _ name: String, _ model: QueueModel, _ random: inout some RandomNumberGenerator
    ) -> QueueCommand.Ended {
        let marks: [JobEnvelope.Mark] = [.succeeded, .succeeded, .succeeded, .cancelled, .expired]
        var ended = QueueCommand.Ended(id: id, mark: marks.randomElement(using: &random) ?? .succeeded)
        for _ in 0..<max(0, Int.random(in: -2...2, using: &random)) {
            let queue = ["a", "b"].randomElement(using: &random) ?? name
            ended.children.append(.init(queue: queue, job: job(model.queues[queue] ?? .init(), &random)))
        }
        return ended
    }

    private mutating func fleetStep(
        _ name: String, _ queue: QueueModel.Queue, _ random: inout some RandomNumberGenerator
    ) -> QueueCommand {
        guard let worker = worker(of: queue, &random) else { return join(name, &random) }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: return .leave(name, worker: worker)
        case 1: return .wakeUp(name)
        case 2, 3: return .extend(name, worker: worker, lease: Int64.random(in: 1_000...120_000, using: &random))
        default: return join(name, &random)
        }
    }

    private func operatorStep(
        _ name: String, _ queue: QueueModel.Queue, _ random: inout some RandomNumberGenerator
    ) -> QueueCommand {
        let dead = queue.dead.keys.sorted().filter { _ in Bool.random(using: &random) }
        let running = queue.running.values.flatMap { $0 }.map(\.id).sorted()
        let pool = Bool.random(using: &random) && !running.isEmpty ? running : queue.jobs.keys.sorted()
        let known = pool.randomElement(using: &random) ?? "nobody"
        switch Int.random(in: 0..<12, using: &random) {
        case 0...4: return .cancel(name, id: known)
        case 5: return .requeue(name, dead)
        // Only dead jobs may go.
        case 6: return .discard(name, dead + [known])
        case 7:
            return .pause(
                name, duration: Bool.random(using: &random) ? nil : Int64.random(in: 1...20_000, using: &random))
        case 8, 9: return .resume(name)
        default: return .sweep(name, retention: Int64.random(in: 0...60_000, using: &random))
        }
    }

    private mutating func schedulerStep(
        _ name: String, _ model: QueueModel, _ queue: QueueModel.Queue, _ random: inout some RandomNumberGenerator
    ) -> QueueCommand {
        let holder = ["s1", "s2"].randomElement(using: &random) ?? "s1"
        let entry = entries.randomElement(using: &random) ?? "e1"
        // Now and then a leader that is none any more speaks.
        let epoch = max(1, model.epochs - (Int.random(in: 0..<3, using: &random) == 0 ? 1 : 0))
        let nominal = model.now - Int64.random(in: -1_000...20_000, using: &random)
        switch Int.random(in: 0..<8, using: &random) {
        case 0, 1: return .lead(holder)
        case 2: return Bool.random(using: &random) ? .resign(holder) : .lapse
        case 3: return .announce(name, epoch: epoch)
        case 4: return .baseline(name, entry: entry, at: nominal, epoch: epoch)
        default:
            let job = Int.random(in: 0..<4, using: &random) == 0 ? nil : job(queue, &random)
            return .tick(
                name, entry: entry, nominal: nominal, epoch: epoch, skips: Bool.random(using: &random), job)
        }
    }
}
