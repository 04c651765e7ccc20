import ArgumentParser
import JobQueue
import Operations

struct WhyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Why a job, queue, schedule, bot or order does not run or trade, and what will change that.",
        discussion: """
            One sentence, what it rests on, and what to do. The name is looked up as the id of a job, a queue, a \
            schedule entry (NAME or NAME#ENTITY), the number or name of a bot, the client id of an order or the \
            exchange's, and a unique key; --as, or the word before it as in 'bot 7', says which of them is meant. \
            Works with all workers dead, and changes nothing.
            Examples:
              flotilla why evaluation
              flotilla why evaluation --as queue
            """)

    @OptionGroup var common: CommonOptions
    @Argument(help: "What does not run; a kind of thing may stand before it, as in 'bot 7'.") var name: [String]
    @Option(name: .customLong("as"), help: "job, queue, schedule, bot, order or key.") var subject: String?
    @Flag(help: "One JSON document on stdout.") var json = false

    func run() async throws {
        let (name, wanted) = try question()
        let composition = try Composition(common)
        try await composition.withBroker { broker in
            let sources = composition.whySources(broker)
            switch try await WhyLookup(sources).ask(name, as: wanted) {
            case .answer(let why):
                if json { Terminal.printDocument(why.document) } else { why.printLines() }
            case .ambiguous(let subjects):
                let names = subjects.map(\.rawValue).joined(separator: " and a ")
                throw CommandFailure(
                    .usage,
                    "'\(name.shortened)' is the name of a \(names). Say which one is meant with --as "
                        + "\(subjects.map(\.rawValue).joined(separator: " or --as ")).")
            case .unknown(let nearest):
                let what = wanted.map { "\($0.rawValue)" } ?? "job, queue, schedule, bot, order or unique key"
                let hint = nearest.map { "Did you mean '\($0)'?" } ?? "'flotilla status' lists what there is."
                throw CommandFailure(.notFound, "No \(what) is called '\(name.shortened)'. \(hint)")
            }
        }
    }

    /// The name, and what it is of where that was said.
    private func question() throws -> (String, Why.Subject?) {
        let wanted = try subject.map { word in
            guard let subject = Why.Subject(rawValue: word) else {
                let all = Why.Subject.allCases.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure(.usage, "--as is '\(word.shortened)'. Use one of: \(all).")
            }
            return subject
        }
        // The name of a bot may have blanks, with or without quotes.
        if name.count > 1, wanted == nil, let subject = Why.Subject(rawValue: name[0].lowercased()) {
            return (name.dropFirst().joined(separator: " "), subject)
        }
        return (name.joined(separator: " "), wanted)
    }
}

extension Why {
    fileprivate func printLines() {
        print(sentence)
        for line in lines { print("  - \(line)") }
        if let remedy = answer.remedy { print("To change it: \(remedy)") }
    }
}
