import JobQueue

/// What a task of a Celery application becomes here.
package enum BeatTask {
    /// Keys of an entry, the key `job` first, and what is not the same.
    case job(keys: [String], notes: [String] = [])
    /// Why nothing here does what it did, or why nothing needs to; without a full stop.
    case left(String)
}

/// How an entry of a beat schedule calls its task.
package struct BeatCall {
    /// The task's name without the module path before its last dot.
    package let task: String
    private let positional: [Any]
    private let named: [String: Any]
    private let name: String

    /// - Parameters:
    ///   - name: as the schedule names the task.
    ///   - positional: the entry's `args`.
    ///   - named: the entry's `kwargs`.
    init(_ name: String, positional: [Any], named: [String: Any]) {
        self.name = name
        task = String(name.split(separator: ".").last ?? "")
        self.positional = positional
        self.named = named
    }

    /// An argument by its place, or else by its name.
    package func argument(_ index: Int, _ name: String) -> Any? {
        positional.count > index ? positional[index] : named[name]
    }

    /// JSON in one line, which YAML reads as the same value.
    package static func text(of value: Any) -> String { BeatText.value(value) }

    /// - Parameters:
    ///   - map: kinds for tasks by name, which come before what is known of them.
    ///   - tasks: nil for a task that is not known.
    func replacement(map: [String: String], tasks: (BeatCall) -> BeatTask?) -> BeatTask {
        if let kind = map[name] ?? map[task] {
            guard positional.isEmpty else {
                let shown = BeatText.value(positional).shortened
                return .left("its arguments \(shown) have no names. Write args by hand.")
            }
            let args = named.isEmpty ? [] : ["args: \(BeatText.value(named))"]
            return .job(keys: ["job: \(BeatText.quoted(kind))"] + args)
        }
        let reason: String
        switch tasks(self) {
        case .job(let keys, let notes)?: return .job(keys: keys, notes: notes)
        case .left(let why)?: reason = why
        case nil: reason = "no kind of job is known to do what the task '\(name.shortened)' does"
        }
        return .left("\(reason). To import it nevertheless: --map \(task.shortened)=KIND.")
    }
}
