import ScheduleConfiguration
import JobQueue
import Synchronization

/// The schedule files of the simulated hosts, which the simulated planner edits: when an entry ticks, and how its ticks
/// are handled. Each host has a file of its own; two hosts may have the same text. Invariant checkers know the rhythms
/// that an entry may have, and `ScheduleInvariants` knows which text has to be active.
final class SimulatedFiles: Sendable {
    private struct State {
        /// Every text that was ever written, by its number.
        var texts: [ScheduleFile]
        var hosts: [HostFile]
    }

    private struct HostFile {
        var text = 0
        /// By the clock of Redis at that moment, unix ms.
        var modified: Int64
        var writes = 0
    }

    private let state: Mutex<State>
    private let rhythms: [[Rhythm]]

    init(_ entries: [ScheduledEntry], hosts: Int, at wall: Int64) {
        rhythms = entries.map(\.rhythms)
        var file = ScheduleFile()
        file.schedules = entries.map(\.entry)
        // The first files were written long before the run.
        state = Mutex(
            State(
                texts: [file], hosts: Array(repeating: HostFile(modified: wall - 86_400_000), count: max(1, hosts))))
    }

    var hosts: Range<Int> { state.withLock { $0.hosts.indices } }
    var newest: Int { state.withLock { $0.texts.count - 1 } }

    static func name(_ text: Int) -> String { "version \(text)" }
    /// - Parameter name: of a text; nil for anything else.
    static func number(_ name: String) -> Int? { name.hasPrefix("version ") ? Int(name.dropFirst(8)) : nil }

    func file(_ text: Int) -> ScheduleFile { state.withLock { $0.texts[text] } }
    func text(of host: Int) -> Int { state.withLock { $0.hosts[host].text } }

    /// The schedule that a process reads on a host.
    /// - Parameter skew: the host's clock less that of Redis, ms.
    func read(_ host: Int, skew: Int64) -> LoadedSchedule {
        state.withLock { state in
            let own = state.hosts[host]
            return LoadedSchedule(
                file: state.texts[own.text], text: Self.name(own.text), modifiedMilliseconds: own.modified + skew)
        }
    }

    /// - Parameter text: of a version that was read before.
    func parse(_ text: String) throws(ConfigurationError) -> ScheduleFile {
        guard let number = Self.number(text), (0...newest).contains(number) else {
            throw .unreadable(path: text, "No such version was written.")
        }
        return file(number)
    }

    func write(_ text: Int, on host: Int, at wall: Int64) {
        state.withLock { state in
            state.hosts[host].text = text
            state.hosts[host].modified = wall
            state.hosts[host].writes += 1
        }
    }

    /// A new text with the same entries as the first.
    func touched() -> Int {
        state.withLock { state in
            state.texts.append(state.texts[0])
            return state.texts.count - 1
        }
    }

    /// A new text that changes one entry of another.
    func edited(_ text: Int, using random: inout SeededGenerator) -> Int {
        state.withLock { state in
            var file = state.texts[text]
            guard let at = file.schedules.indices.randomElement(using: &random) else { return text }
            let name = file.schedules[at].name
            if random.happens(4_000), let number = Int(name.dropFirst()), rhythms.indices.contains(number),
                let rhythm = rhythms[number].randomElement(using: &random)
            {
                file.schedules[at].cadence = rhythm.cadence
            } else {
                file.schedules[at].drawTreatment(using: &random)
            }
            if random.happens(500) { file.review = ReviewPolicy.allCases.randomElement(using: &random) ?? .risky }
            state.texts.append(file)
            return state.texts.count - 1
        }
    }

    /// A new text that ends before most entries of another, as a half-written file does.
    func halved(_ text: Int, using random: inout SeededGenerator) -> Int {
        state.withLock { state in
            var file = state.texts[text]
            file.schedules = Array(file.schedules.prefix(Int.random(in: 0...file.schedules.count / 3, using: &random)))
            state.texts.append(file)
            return state.texts.count - 1
        }
    }
}

extension ScheduleEntry {
    /// Draws the policies for its ticks at random.
    mutating func drawTreatment(using random: inout SeededGenerator) {
        overlap = random.happens(5_000) ? .allow : OverlapPolicy.allCases.randomElement(using: &random) ?? .skip
        overlapMax = Int.random(in: 1...4, using: &random)
        priority = Int.random(in: 0...9, using: &random)
        spreadMilliseconds = random.happens(3_000) ? Int64.random(in: 1...2_000, using: &random) : 0
        jitterMilliseconds = random.happens(3_000) ? Int64.random(in: 1...2_000, using: &random) : 0
        forEach = nil
        if random.happens(3_000) {
            let names = (1...6).map { "\($0)" }.shuffled(using: &random)
            forEach = ForEach(.list(Array(names.prefix(Int.random(in: 1...4, using: &random)))))
        }
    }
}
