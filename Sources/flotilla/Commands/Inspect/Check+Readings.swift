import Documents
import JobQueue
import Operations

/// What `doctor` says of the readings that `status` shows too.
extension Check {
    static func all(_ ledgers: LedgerAgreement) -> [Check] { ledgers.trouble.map { [.fail("databases", $0)] } ?? [] }

    /// What only this host finds, the check of its database tells.
    static func all(_ orders: OrderHealth) -> [Check] {
        let remedy = "Orders go on by themselves when it is mended."
        return orders.reasons.filter { $0.workers > 0 }.map { .fail("orders", $0.line, remedy) }
    }

    static func all(_ schedule: ScheduleHealth) -> [Check] {
        var checks = schedule.files.compactMap { file -> Check? in
            guard let sentence = file.sentence else { return nil }
            return Check(
                name: "schedule file", level: file.isTrouble ? .fail : .warn, seen: Shown.line(sentence, 2_000),
                remedy: schedule.remedy(file))
        }
        if !schedule.ahead.isEmpty {
            checks.append(.fail("clock", schedule.clockSentence, ScheduleHealth.clockRemedy))
        }
        return checks
    }

    /// Work that settings switch off, by the live workers; on purpose, so it is no failure.
    static func all(_ switches: [SwitchedOff]) -> [Check] {
        switches.map { off in
            .warn(
                off.name == "TRADING_ENABLED" ? "trading" : "cache", off.sentence,
                "When that is not meant: unset \(off.name) where the workers are started, and start them again.")
        }
    }
}
