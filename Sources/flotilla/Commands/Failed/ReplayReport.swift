import JobQueue
import Operations

/// Says on standard error how far a replay of dead jobs is, and what it waits for.
///
/// Guards what was said last.
actor ReplayReport {
    private let composition: Composition
    private let broker: Broker
    private let begun = ContinuousClock.now
    private var word = WaitingWord(silence: .seconds(2))

    init(_ composition: Composition, _ broker: Broker) {
        self.composition = composition
        self.broker = broker
    }

    func note(_ moment: ReplayMoment) async {
        let waited = begun.duration(to: .now)
        guard word.isDue(after: waited) else { return }
        var line =
            "made ready \(moment.released) of \(moment.total) jobs\(moment.isCanary ? " (canaries)" : ""), "
            + "\(moment.released - moment.underWay) over"
        var reason = [["\(moment.released)", "\(moment.underWay)"]]
        // What cannot be read now is said by the replay itself.
        if let first = moment.first, let job = try? await QueueInspector(broker: broker).job(first),
            let (holds, now) = try? await JobHolds(composition.fleetView(broker)).read(job)
        {
            line += "; waiting for job \(first): \(JobHolds.sentence(job, holds, now))"
            reason += holds.map { [$0.cause.rawValue, $0.name ?? ""] }
        }
        word.say(line, about: reason, waited)
    }
}
