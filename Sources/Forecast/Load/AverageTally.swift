import JobQueue
import ScheduleConfiguration

/// Adds up jobs and tokens of a stretch, with those that follow: as expected, and at the worst.
struct AverageTally {
    /// By queue, of the schedule alone.
    private(set) var jobs: [String: Int] = [:]
    private(set) var followUps: [String: Double] = [:]
    private(set) var mostFollowUps: [String: Int] = [:]
    /// By limit and then by class.
    private(set) var tokens: [String: [String: (expected: Double, most: Double)]] = [:]
    /// How deep jobs that follow jobs are looked at.
    private static let depth = 4

    init(streams: [JobStream], ticks: [Int], file: ScheduleFile, facts: LoadFacts) {
        for (stream, count) in zip(streams, ticks) {
            let made = count * stream.entities.count
            jobs[stream.entry.queue, default: 0] += made
            spend(stream.calls, of: stream.entry.queue, expected: Double(made), most: Double(made))
            follow(stream.demand, expected: Double(made), most: Double(made), file, facts, depth: Self.depth)
        }
    }

    private mutating func follow(
        _ demand: JobDemand, expected: Double, most: Double, _ file: ScheduleFile, _ facts: LoadFacts, depth: Int
    ) {
        guard depth > 0 else { return }
        for follower in demand.followUps {
            let (usual, worst) = (expected * follower.expected, most * Double(follower.most))
            followUps[follower.queue, default: 0] += usual
            mostFollowUps[follower.queue, default: 0] += Int(worst)
            let next = facts.demand(follower.kind, follower.argsJSON)
            let plan = CallPlan(next, in: file.queues.first { $0.name.description == follower.queue })
            spend(plan, of: follower.queue, expected: usual, most: worst)
            follow(next, expected: usual, most: worst, file, facts, depth: depth - 1)
        }
    }

    private mutating func spend(_ plan: CallPlan, of queue: String, expected: Double, most: Double) {
        for name in Set(plan.admission.map(\.name) + [plan.limit].compactMap(\.self)) {
            let cost = Double(plan.tokens(of: name))
            guard cost > 0 else { continue }
            let known = tokens[name]?[queue] ?? (0, 0)
            tokens[name, default: [:]][queue] = (known.expected + expected * cost, known.most + most * cost)
        }
    }
}
