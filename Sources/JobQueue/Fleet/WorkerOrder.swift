/// What an operator tells one worker.
public enum WorkerOrder: String, Sendable, CaseIterable {
    /// Take no more jobs; the running ones go on, and the worker stays.
    case quiet
    /// Take jobs again.
    case run
    /// Take no more jobs, let the running ones finish within the grace, and end.
    case stop

    /// As the operator log holds it, JSON; nil for none.
    public init?(logged text: String) { self.init(rawValue: text.filter { $0 != "\"" }) }
}
