import Documents
import JobQueue
import Jobs

extension TradingSwitches {
    /// The effect of a setting that is false, for display; nil for any other setting.
    static func sentence(of name: String) -> String? {
        switch name {
        case "TRADING_ENABLED": "TRADING_ENABLED is false: no order is placed, jobs that would place one are held"
        case "CACHE_ENABLED": "CACHE_ENABLED is false: the market cache is neither filled nor read, decisions hold"
        default: nil
        }
    }

    /// The effects of the settings that are off here.
    var sentences: [String] { off.compactMap { Self.sentence(of: $0) } }
}

/// A setting that keeps live workers from some of their work.
struct SwitchedOff {
    let name: String
    /// How many of the live workers were started with it.
    let workers: Int
    let all: Int

    /// By name.
    static func among(_ workers: [WorkerReport]) -> [SwitchedOff] {
        Set(workers.flatMap(\.switchedOff)).sorted().map { name in
            SwitchedOff(name: name, workers: workers.count { $0.switchedOff.contains(name) }, all: workers.count)
        }
    }

    /// One line: the effect, and the workers with the setting.
    var sentence: String {
        let place = workers == all ? "every worker" : "\(workers) of \(all) workers"
        return (TradingSwitches.sentence(of: name) ?? "\(name) is off") + " (\(place))"
    }

    var document: SwitchedOffDocument {
        SwitchedOffDocument(setting: name, workers: workers, reason: sentence)
    }
}

extension FleetChecks {
    /// Checks for work that settings switch off; on purpose, so it is no failure.
    static func switches(_ workers: [WorkerReport]) -> [Check] {
        SwitchedOff.among(workers).map { off in
            .warn(
                off.name == "TRADING_ENABLED" ? "trading" : "cache", off.sentence,
                "When that is not meant: unset \(off.name) where the workers are started, and start them again.")
        }
    }
}
