import ScheduleConfiguration
import JobQueue
import Redis
import Synchronization

/// Observes every tick that Redis has carried out, and reports ticks that are duplicate, missing, or too many at once.
final class TickInvariants: Sendable {
    private let stories: Mutex<[String: TickSummary]>
    /// Ids of ticks that were enqueued.
    private let enqueued = Mutex<Set<String>>([])
    /// The entries of the active schedule; nil before the first version.
    private let active = Mutex<Set<String>?>(nil)
    /// Nil in runs without workers.
    private let jobs: JobInvariants?
    /// The grace of `TickPlanner`: a tick that is older was missed.
    private static let grace: Int64 = 5_000

    init(_ entries: [ScheduledEntry], jobs: JobInvariants?) {
        stories = Mutex(Dictionary(uniqueKeysWithValues: entries.map { ($0.entry.name, TickSummary(entry: $0)) }))
        self.jobs = jobs
    }

    /// Ticks that were enqueued or recorded as skipped.
    var handled: Int { stories.withLock { $0.values.reduce(0) { $0 + $1.handled } } }
    /// Ticks before the last of each run, which one record covers.
    var subsumed: Int { stories.withLock { $0.values.reduce(0) { $0 + $1.left } } }

    func saw(_ request: RequestInterceptor.Request, _ reply: RedisValue, _ moment: SimulationScheduler.Moment)
        -> String?
    {
        switch request.name {
        case "tick": sawTick(request, reply, moment)
        case "set_last_run": sawLastRun(request, reply)
        case "correct_last_tick": sawCorrection(request, reply)
        default: nil
        }
    }

    private func sawLastRun(_ request: RequestInterceptor.Request, _ reply: RedisValue) -> String? {
        guard case .integer(let time) = reply, time >= 0 else { return nil }
        return stories.withLock { stories in
            guard let name = request.arguments.compactMap(\.textIfAny).first(where: { stories[$0] != nil }) else {
                return "a baseline was set for an entry that the schedule does not have"
            }
            defer { stories[name]?.last = Int64(time) }
            guard let story = stories[name], let last = story.last else { return nil }
            defer { stories[name]?.wasRemoved = false }
            if Int64(time) < last { return "the baseline of \(name) went back to \(time)" }
            let left = story.left(through: Int64(time))
            return left > 0 ? "the baseline of \(name) went past \(left) ticks to \(time)" : nil
        }
    }

    /// Only a clock that is more than a minute behind the last handled tick may move an entry back.
    private func sawCorrection(_ request: RequestInterceptor.Request, _ reply: RedisValue) -> String? {
        let words = request.arguments.map { $0.textIfAny ?? $0.integerIfAny.map { "\($0)" } ?? "" }
        guard case .integer(let time) = reply, time >= 0, words.count > 3, let last = Int64(words[2]),
            let now = Int64(words[3]), Int64(time) == now
        else { return nil }
        return stories.withLock { stories in
            guard let story = stories[words[1]], story.last == last else {
                return "entry \(words[1]) was corrected from \(last), which it had not handled"
            }
            stories[words[1]]?.goBack(to: now)
            return last - now > 60_000 ? nil : "entry \(words[1]) was taken back by \(last - now) ms"
        }
    }

    /// Called when the active schedule has these entries.
    func activated(_ entries: Set<String>) {
        active.withLock { $0 = entries }
        stories.withLock { stories in
            for name in stories.keys where !entries.contains(name) { stories[name]?.wasRemoved = true }
        }
    }

    private func sawTick(
        _ request: RequestInterceptor.Request, _ reply: RedisValue, _ moment: SimulationScheduler.Moment
    ) -> String? {
        // As tick.lua lists them.
        let words = request.arguments.prefix(10).map { $0.textIfAny ?? $0.integerIfAny.map { "\($0)" } ?? "" }
        guard let answer = (try? reply.array().first?.string()).flatMap({ TickAnswer(rawValue: $0) }), words.count > 8,
            let nominal = Int64(words[4]), let first = Int64(words[5]), let count = Int(words[6])
        else { return "a tick was answered with \(reply.traceText)" }
        let (id, entry) = (words[2], words[3])
        if answer == .enqueued, !enqueued.withLock({ $0.insert(id).inserted }) {
            return "tick \(id) was enqueued twice"
        }
        if words[1] == "0" { return sawPast(id, entry, nominal, answer) }
        let run = TickSummary.Run(first: first, nominal: nominal, count: count, isMissed: words[8] == "misfire")
        return stories.withLock { stories -> String? in
            guard var story = stories[entry] else { return "tick \(id) has no entry" }
            defer { stories[entry] = story }
            switch answer {
            case .stale, .again: return nil
            case .ahead: return "tick \(id) was refused as if a person had asked for it"
            case .duplicate where nominal <= story.last ?? 0: return nil
            // The tick was enqueued while the clock was ahead, before it was corrected.
            case .duplicate where enqueued.withLock({ $0.contains(id) }): break
            case .duplicate: return "tick \(id) was called a duplicate and never handled"
            case .enqueued, .overlap, .queueFull, .paused, .skipped: break
            }
            if let problem = story.handle(run, moment, grace: Self.grace) { return "tick \(id) \(problem)" }
            // With the other policies an older job may wait when the newest has finished.
            if answer == .overlap, story.entry.entry.overlap == .skip, let job = story.job,
                let end = jobs?.settledEnd(of: job)
            {
                return "tick \(id) was left out for job \(job), which had ended as \(end)"
            }
            guard answer == .enqueued else { return nil }
            story.job = id
            guard let queue = try? QueueName(story.entry.entry.queue) else { return nil }
            jobs?.announced(id, in: queue, notBefore: nominal)
            return jobs?.accepted(id, isNew: true) ?? story.flood(moment, grace: Self.grace)
        }
    }

    /// Handles a tick that a pause had skipped and that is caught up.
    private func sawPast(_ id: String, _ entry: String, _ nominal: Int64, _ answer: TickAnswer) -> String? {
        stories.withLock { stories in
            guard let story = stories[entry] else { return "tick \(id) has no entry" }
            guard answer == .enqueued else { return nil }
            if !story.entry.rhythms.contains(where: { $0.isNominal(nominal) }) {
                return "tick \(id) is not a time of its entry"
            }
            return nominal > story.last ?? 0 ? "tick \(id) was made up for before its time" : nil
        }
    }

    /// A tick that is still due at the end of the run, after enough time. None is of an entry that the active schedule
    /// does not have: the run may end between the halves of a file.
    /// - Parameter now: unix ms.
    func overdue(now: Int64, patience: Int64) -> String? {
        let active = active.withLock { $0 }
        return stories.withLock { stories in
            for story in stories.values.sorted(by: { $0.entry.entry.name < $1.entry.entry.name }) {
                let name = story.entry.entry.name
                guard active?.contains(name) ?? true else { continue }
                guard let last = story.last else { return "entry \(name) never began" }
                let next = story.entry.rhythms.map { $0.next(after: last) }.max() ?? 0
                if next + patience < now { return "tick \(name)@\(next) is still missing at \(now)" }
            }
            return nil
        }
    }
}
