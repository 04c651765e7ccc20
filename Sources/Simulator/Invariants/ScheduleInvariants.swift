import ScheduleConfiguration
import JobQueue
import Redis
import Scheduler
import Synchronization

/// Decides independently of the scheduler which text has to be active: by the real order of file writes and
/// activations, and by their time stamps where a wrong clock made these.
final class ScheduleInvariants: Sendable {
    private struct Write {
        let text: Int
        /// The number of the event in the real order.
        let order: Int
        /// By the clock of Redis, right or wrong; unix ms.
        let stamp: Int64
        let elapsed: Int64
        /// Whether a wrong clock gave the first activation time, so that a scheduler that compared a file with it
        /// before the correction could not know the order.
        var wasDated = false
        /// For an activation: the write that was activated, where it came from a host's file.
        var source: (host: Int, order: Int)?
    }

    private struct State {
        var order = 0
        /// By host, oldest first.
        var writes: [[Write]]
        /// The active version, and when it was activated.
        var active: (number: Int, write: Write)?
        /// Texts that were ever active.
        var known: Set<Int> = []
        var activations = 0
    }

    private let state: Mutex<State>
    private let files: SimulatedFiles
    private let ticks: TickInvariants
    /// The scheduler slot of each host, by the host's number.
    private let slots: [String]

    /// - Parameter slots: the names of the hosts' schedulers, before the dot.
    init(_ files: SimulatedFiles, slots: [String], ticks: TickInvariants, at wall: Int64) {
        self.files = files
        self.slots = slots
        self.ticks = ticks
        let first = Write(text: 0, order: 0, stamp: wall - 86_400_000, elapsed: 0)
        state = Mutex(State(writes: Array(repeating: [first], count: max(1, slots.count))))
    }

    /// Versions that were activated.
    var activations: Int { state.withLock { $0.activations } }

    /// Writes a host's file, as an operator does.
    func write(_ text: Int, on host: Int, at moment: SimulationScheduler.Moment) {
        files.write(text, on: host, at: moment.wall)
        state.withLock { state in
            state.order += 1
            state.writes[host].append(
                Write(text: text, order: state.order, stamp: moment.wall, elapsed: moment.elapsed))
        }
    }

    func saw(_ request: RequestInterceptor.Request, _ reply: RedisValue, _ moment: SimulationScheduler.Moment)
        -> String?
    {
        let words = request.arguments.map { $0.textIfAny ?? $0.integerIfAny.map { "\($0)" } ?? "" }
        switch request.name {
        case "store_schedule": return sawStore(words, reply, moment)
        case "date_schedule":
            guard case .integer(1) = reply, let time = Int64(words[2]) else { return nil }
            return state.withLock { state in
                guard let active = state.active else { return "a version was dated, and none is active" }
                let old = active.write
                let new = Write(
                    text: old.text, order: old.order, stamp: time, elapsed: old.elapsed, wasDated: true,
                    source: old.source)
                state.active = (active.number, new)
                return nil
            }
        default: return nil
        }
    }

    private func sawStore(_ words: [String], _ reply: RedisValue, _ moment: SimulationScheduler.Moment) -> String? {
        guard let parts = try? reply.array(), let word = try? parts.first?.string(), word == "stored",
            let number = try? parts[1].int(), let now = Int64(words[3]), let text = SimulatedFiles.number(words[5])
        else { return nil }
        ticks.activated(Set(files.file(text).schedules.map(\.name)))
        let host = slots.firstIndex { words[4].hasPrefix("file at \($0).") }
        return state.withLock { state in
            let problem = host.flatMap { Self.unexplained(text, on: $0, state, moment, files) }
            state.order += 1
            state.activations += 1
            state.known.insert(text)
            let source = host.flatMap { host in
                state.writes[host].last { $0.text == text }.map { (host: host, order: $0.order) }
            }
            state.active = (
                number, Write(text: text, order: state.order, stamp: now, elapsed: moment.elapsed, source: source)
            )
            return problem.map { "version \(number), text \(text), was activated by \(words[4]): \($0)" }
        }
    }

    /// Why no rule lets a scheduler activate a text of its host; nil when one does.
    private static func unexplained(
        _ text: Int, on host: Int, _ state: State, _ moment: SimulationScheduler.Moment, _ files: SimulatedFiles
    ) -> String? {
        let writes = state.writes[host].filter { $0.text == text }
        guard let newest = writes.last else { return "its file never said so" }
        guard let active = state.active else { return nil }
        // Of two edits of one file the later one is newer, even when the first is activated after the later write.
        let isNewer = active.write.source.map { $0.host == host && newest.order > $0.order } ?? false
        guard isNewer || writes.contains(where: { isEdit($0, active.write, state.known, moment) }) else {
            return "the file was written at \(newest.stamp), and version \(active.number) activated at "
                + "\(active.write.stamp)"
        }
        if let reason = review(text, active.write.text, files) { return reason }
        let (old, new) = (files.file(active.write.text).schedules.count, files.file(text).schedules.count)
        // A scheduler that starts while the clock is wrong may take a file that has just been written for an old one.
        let age = max(moment.elapsed - newest.elapsed, moment.wall - newest.stamp)
        guard new < old - new, age < FileVerdict.settleMilliseconds else { return nil }
        return "it leaves \(new) of \(old) entries, \(age) ms after it was written"
    }

    /// Why an edit has to wait for an operator; nil when it does not.
    private static func review(_ text: Int, _ active: Int, _ files: SimulatedFiles) -> String? {
        let (old, new) = (files.file(active), files.file(text))
        let words = [old.review, new.review]
        if words.contains(.always) { return "one of both says review: always" }
        let left = new.schedules.count
        guard words.contains(.risky), left < old.schedules.count - left else { return nil }
        return "it leaves \(left) of \(old.schedules.count) entries, and one of both says review: risky"
    }

    private static func isEdit(
        _ write: Write, _ active: Write, _ known: Set<Int>, _ moment: SimulationScheduler.Moment
    ) -> Bool {
        if write.order > active.order { return true }
        if isReliable(write, active, moment) { return write.stamp + grain > active.stamp }
        return write.stamp + grain > active.stamp || !known.contains(write.text)
    }

    private static let grain: Int64 = 20
    /// The greatest age of a process's clock reading plus the time of a turn, ms.
    private static let readingAge: Int64 = 12_000

    /// Whether no time lies in the future, which only a wrong clock causes, also for a process that has read the clock
    /// before it was corrected.
    private static func isReliable(_ write: Write, _ active: Write, _ moment: SimulationScheduler.Moment) -> Bool {
        moment.sinceCorrection > readingAge && !active.wasDated && write.stamp <= moment.wall + 4_000
            && active.stamp <= moment.wall + 55_000
    }

    // MARK: The end

    /// The error in the file states that schedulers report, checked when no file or version has changed for a while.
    /// - Parameter leader: the scheduler that leads.
    func misjudged(_ schedulers: [SchedulerHeartbeat], leader: String?, _ moment: SimulationScheduler.Moment) -> String?
    {
        state.withLock { state in
            guard let active = state.active else { return "no version was ever activated" }
            for scheduler in schedulers {
                guard let host = slots.firstIndex(where: { scheduler.holder.hasPrefix($0 + ".") }),
                    let write = state.writes[host].last
                else { continue }
                guard let file = scheduler.file else { return "\(scheduler.holder) does not say how its file stands" }
                let waits = Self.review(write.text, active.write.text, files) != nil
                let expected = Self.expected(
                    write, active.write, leads: scheduler.holder == leader, waits: waits, moment)
                if !expected.contains(file.state) {
                    return "the file of \(scheduler.holder) is called \(file.state.rawValue): text \(write.text) of "
                        + "\(write.stamp), and version \(active.number) is text \(active.write.text) of "
                        + "\(active.write.stamp)"
                }
            }
            return nil
        }
    }

    private static func expected(
        _ write: Write, _ active: Write, leads: Bool, waits: Bool, _ moment: SimulationScheduler.Moment
    ) -> [FileStanding.State] {
        if write.text == active.text { return [.same] }
        let isLater = write.order > active.order
        // Times close to each other, or from a wrong clock, allow either order.
        let distance = write.stamp - active.stamp
        let isCertain = isReliable(write, active, moment) && isLater == (distance > 0) && distance.magnitude > 20_000
        // An edit that waits for an operator does so with the leader and with a standby.
        guard isCertain else { return waits ? [.conflict, .review] : leads ? [.conflict] : [.conflict, .edit] }
        guard isLater else { return [.conflict] }
        return waits ? [.review] : leads ? [] : [.edit]
    }
}
