import JobQueue
import ScheduleSupport
import Testing

@testable import ScheduleConfiguration

/// Arguments of entries are what their kinds take, and what is wrong stands at its place.
@Suite struct EntryArgumentsTests {
    private enum Keys: String, CodingKey, CaseIterable { case bot = "bot_id", mode }

    private static let kinds = [
        KnownKind(
            name: "evaluation", queue: "q", entityArgument: "bot_id",
            arguments: ArgumentRules(
                of: Keys.self,
                [.integer("bot_id", 1...1_000, required: true, example: 7), .word("mode", ["fast", "slow"])])),
        KnownKind(name: "free", queue: "q"),
    ]
    private static let known = KnownNames(kinds: kinds, sources: knownNames.sources)

    private func problems(_ entry: String) -> [String] {
        let text = "version: 1\nqueues: { q: }\npools: { all: { queues: [q] } }\nschedules:\n  a: \(entry)\n"
        do {
            _ = try ScheduleFile.parse(Array(text.utf8), file: "f", known: Self.known)
            return []
        } catch {
            return "\(error)".split(separator: "\n").map(String.init)
        }
    }

    @Test(arguments: [
        "{ job: evaluation, every: 1m, args: { bot_id: 7, mode: slow } }",
        "{ job: evaluation, every: 1m, for_each: running_bots }",
        "{ job: evaluation, every: 1m, for_each: [1, 2], args: { mode: fast } }",
        "{ job: free, every: 1m, args: { whatever: 1 } }",
    ])
    func `what fits is accepted`(_ entry: String) { #expect(problems(entry).isEmpty) }

    @Test(
        arguments: [
            (
                "{ job: evaluation, every: 1m, args: { bot_id: x } }",
                "f:5:52: arguments of kind evaluation: 'bot_id' is 'x'. Use a whole number from 1 to 1000, such as 7."
            ),
            (
                "{ job: evaluation, every: 1m, args: { bot_id: 7, moed: fast } }",
                "f:5:55: arguments of kind evaluation: there is no argument 'moed'. Did you mean 'mode'?"
            ),
            (
                "{ job: evaluation, every: 1m, args: { bot_id: 7, mode: bogus } }",
                "f:5:61: arguments of kind evaluation: 'mode' is 'bogus'. Use one of: fast, slow."
            ),
            (
                "{ job: evaluation, every: 1m }",
                "f:5:13: arguments of kind evaluation: 'bot_id' is missing. Use a whole number from 1 to 1000, such as "
                    + "7. Or give each bot its own job with for_each: running_bots."
            ),
            (
                "{ job: evaluation, every: 1m, for_each: [1, two, 3] }",
                "f:5:50: arguments of kind evaluation: 'bot_id' is 'two'. Use a whole number from 1 to 1000, such as 7."
            ),
            (
                "{ job: evaluation, every: 1m, for_each: products }",
                "f:5:46: arguments of kind evaluation: there is no argument 'product'. Use: bot_id, mode."
            ),
        ])
    func `what does not fit is refused at its line and column`(_ entry: String, _ message: String) {
        let found = problems(entry)
        #expect(found.contains(message), "\(found)")
    }

    @Test func `an entry that is wrong otherwise is told that first`() {
        #expect(problems("{ job: evaluation, every: 30 }").count == 1)
    }
}
