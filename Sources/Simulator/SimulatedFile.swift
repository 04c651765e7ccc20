import JobQueue
import Scheduler
import Synchronization

/// The schedule file that all simulated schedulers read, as people edit it: when an entry ticks, and what becomes of
/// its ticks. Witnesses know the rhythms that an entry may have, not which version is in force.
final class SimulatedFile: Sendable {
    private let versions: Mutex<[ScheduleFile]>
    private let rhythms: [[Rhythm]]

    init(_ entries: [ScheduledEntry]) {
        rhythms = entries.map(\.rhythms)
        var file = ScheduleFile()
        file.schedules = entries.map(\.entry)
        versions = Mutex([file])
    }

    var newest: Int { versions.withLock { $0.count - 1 } }

    func read(_ version: Int) -> LoadedSchedule {
        LoadedSchedule(file: versions.withLock { $0[version] }, text: "version \(version)")
    }

    /// - Parameter text: of a version that was read before.
    func parse(_ text: String) throws(SchedulerError) -> ScheduleFile {
        guard let number = Int(text.dropFirst(8)), (0...newest).contains(number) else {
            throw .unreadable(path: text, "No such version was written.")
        }
        return read(number).file
    }

    func edit(using random: inout SeededGenerator) {
        versions.withLock { versions in
            var file = versions[versions.count - 1]
            guard let at = file.schedules.indices.randomElement(using: &random) else { return }
            if random.happens(4_000), let rhythm = rhythms[at].randomElement(using: &random) {
                file.schedules[at].cadence = rhythm.cadence
            } else {
                file.schedules[at].drawTreatment(using: &random)
            }
            versions.append(file)
        }
    }
}

extension ScheduleEntry {
    /// Draws what becomes of the jobs of its ticks.
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
