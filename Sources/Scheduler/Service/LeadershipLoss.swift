import JobQueue

/// Why a scheduler lost the leadership, or leads with a new epoch, as a sentence for operators.
struct LeadershipLoss: Equatable {
    let sentence: String

    /// - Parameters:
    ///   - epoch: of its leadership so far; nil when it had none.
    ///   - skew: this machine's clock less that of Redis, in milliseconds.
    /// - Returns: nil when nothing was lost.
    init?(of epoch: Int?, _ leadership: LeaderLease.Leadership, _ skew: Int64, _ steps: ClockStepWatch) {
        guard let epoch, leadership.epoch != epoch else { return nil }
        let step = steps.recent.map { by in
            "the clock of Redis was set \(by > 0 ? "forward" : "back") by \(ClockStepWatch.text(by))"
        }
        if leadership.isRefused {
            let side = skew > 0 ? "ahead of" : "behind"
            sentence =
                "this scheduler leads no more: this machine's clock is \(ClockStepWatch.text(skew)) \(side) "
                + "that of Redis"
        } else if let new = leadership.epoch {
            let why = step ?? "no renewal of its lease got through in time"
            sentence = "the leadership lapsed, because \(why); this scheduler leads again, with epoch \(new)"
        } else {
            let why = step.map { " after \($0)" } ?? ""
            sentence = "\(leadership.other ?? "another scheduler") leads now\(why)"
        }
    }
}
