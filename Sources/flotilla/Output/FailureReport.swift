import ArgumentParser
import Documents

/// How a command ends that did not go well: a sentence on standard error and, with `--json`, one document on standard
/// output, `{"error": {"type", "message", "remedy"}}`, unless the command has printed one already.
struct FailureReport {
    let status: ExitStatus
    /// For standard error.
    private let text: String
    private let message: String
    private let remedy: String

    init(_ failure: CommandFailure) {
        status = failure.status
        text = OptionWords.spoken(failure.message)
        (message, remedy) = Self.split(text, status)
    }

    /// - Parameters:
    ///   - error: of the parser, or an unexpected one.
    init(_ error: any Error, text: String, message: String, isUsage: Bool) {
        status = isUsage ? .usage : .failed
        self.text = text
        self.message = message
        let usage = text.split(separator: "\n").drop { !$0.hasPrefix("Usage: ") }
        let lines = usage.map { $0.split(separator: " ").joined(separator: " ") }.joined(separator: " ")
        remedy = usage.isEmpty ? Self.remedy(for: status) : lines
    }

    func tell(asJSON: Bool) {
        Terminal.complain(text)
        guard asJSON, !StandardStreams.hasPrinted else { return }
        Terminal.printDocument(document)
    }

    var document: ErrorDocument { ErrorDocument(type: status.name, message: message, remedy: remedy) }

    /// Whether the words of a command line ask for JSON.
    static func wantsJSON(_ words: [String]) -> Bool {
        let words = words.prefix { $0 != "--" }
        if words.contains("--json") || words.contains("-ojson") { return true }
        if words.contains(where: { $0 == "--output=json" || $0 == "-o=json" }) { return true }
        return zip(words, words.dropFirst()).contains { ["-o", "--output"].contains($0) && $1 == "json" }
    }

    /// Errors are one sentence of what is wrong and one of what to do; of several lines, each is a problem of its own.
    static func split(_ text: String, _ status: ExitStatus) -> (message: String, remedy: String) {
        guard !text.contains("\n") else {
            return (text, status == .usage ? "Mend each of them as it says." : remedy(for: status))
        }
        guard let end = text.firstMatch(of: /[.?!] (?=[A-Z'])/) else { return (text, remedy(for: status)) }
        let rest = text[end.range.upperBound...]
        return (String(text[..<end.range.upperBound].dropLast()), String(rest))
    }

    /// For an error that says nothing of it.
    private static func remedy(for status: ExitStatus) -> String {
        switch status {
        case .usage: "Mend what was given; '--help' behind the command says what it takes."
        case .notFound: "List what there is, and name one of it."
        case .unreachable: "'flotilla doctor' says what cannot be reached."
        case .refused: "Say --yes to do it all the same."
        case .changed: "Look again, and repeat the command."
        case .unhealthy: "'flotilla doctor' says how to mend it."
        case .failed, .done: "'flotilla doctor' looks for what is wrong."
        }
    }
}

extension ExitStatus {
    /// What `error.type` is called.
    var name: String {
        switch self {
        case .done: "done"
        case .failed: "failed"
        case .usage: "usage"
        case .notFound: "not-found"
        case .unreachable: "unreachable"
        case .refused: "refused"
        case .changed: "changed"
        case .unhealthy: "unhealthy"
        }
    }
}
