public import Documents
public import JobQueue

/// A setting that keeps live workers from some of their work.
public struct SwitchedOff: Sendable {
    /// Of the variable, such as `TRADING_ENABLED`.
    public let name: String
    /// How many of the live workers were started with it.
    let workers: Int
    let all: Int

    /// Each setting that live workers report, by name.
    public static func among(_ workers: [WorkerReport]) -> [SwitchedOff] {
        Set(workers.flatMap(\.switchedOff)).sorted().map { name in
            SwitchedOff(name: name, workers: workers.count { $0.switchedOff.contains(name) }, all: workers.count)
        }
    }

    /// One line: the effect, and the workers with the setting.
    public var sentence: String {
        let place = workers == all ? "every worker" : "\(workers) of \(all) workers"
        return (Self.effect(of: name) ?? "\(name) is off") + " (\(place))"
    }

    /// As `status` shows it.
    public var document: SwitchedOffDocument {
        SwitchedOffDocument(setting: name, workers: workers, reason: sentence)
    }

    /// The effect of a setting that is false, for display; nil for any other setting.
    public static func effect(of name: String) -> String? {
        switch name {
        case "TRADING_ENABLED": "TRADING_ENABLED is false: no order is placed, jobs that would place one are held"
        case "CACHE_ENABLED": "CACHE_ENABLED is false: the market cache is neither filled nor read, decisions hold"
        default: nil
        }
    }
}
