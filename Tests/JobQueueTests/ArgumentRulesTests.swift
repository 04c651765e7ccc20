import Testing

@testable import JobQueue

/// What kinds say of arguments, in words of those who wrote them.
@Suite struct ArgumentRulesTests {
    private enum Keys: String, CodingKey, CaseIterable { case bot = "bot_id", size, mode, note, list, isOn = "on" }

    private let rules = ArgumentRules(
        of: Keys.self,
        [
            .integer("bot_id", 1 ... .max, required: true, example: 7),
            .number("size", 0...10, allowed: "Use a number from 0 to 10."), .word("mode", ["fast", "slow"]),
            .texts("list", allowed: "Use a list of texts of one letter.") { $0.count == 1 }, .truth("on"),
        ],
        together: { given in
            given["mode"] == .text("slow") && given["size"] == nil
                ? [ArgumentProblem(nil, "'size' is missing. mode: slow needs it.")] : []
        })

    private func problems(_ json: String) -> [String] { rules.problems(in: Array(json.utf8)).map(\.message) }

    @Test(arguments: [
        #"{"bot_id": 7}"#, #"{"bot_id": 7, "size": 2.5, "mode": "fast", "note": {"any": [1]}, "list": ["a"]}"#,
        #"{"bot_id": 9223372036854775807, "on": true}"#, #"{"bot_id": 1, "size": 1, "mode": "slow", "note": null}"#,
    ])
    func `what fits has no problem`(_ json: String) { #expect(problems(json).isEmpty) }

    @Test(
        arguments: [
            ("7", "the arguments are the number 7. Use an object with: bot_id, size, mode, list, on, note."),
            ("[]", "the arguments are a list. Use an object with: bot_id, size, mode, list, on, note."),
            ("null", "the arguments are null. Use an object with: bot_id, size, mode, list, on, note."),
            ("{}", "'bot_id' is missing. Use a whole number from 1, such as 7."),
            (#"{"bot_id": null}"#, "'bot_id' is missing. Use a whole number from 1, such as 7."),
            (#"{"bot_id": "7"}"#, "'bot_id' is '7'. Use a whole number from 1, such as 7."),
            (#"{"bot_id": 0}"#, "'bot_id' is the number 0. Use a whole number from 1, such as 7."),
            (#"{"bot_id": 1.5}"#, "'bot_id' is the number 1.5. Use a whole number from 1, such as 7."),
            (#"{"bot_id": 9223372036854775808}"#, "'bot_id' is the number 9.22"),
            (#"{"bot_id": 1e999}"#, "'bot_id' is a number that is out of range. Use a whole number"),
            (#"{"bot_id": 7, "size": 11}"#, "'size' is the number 11. Use a number from 0 to 10."),
            (#"{"bot_id": 7, "mode": "fsat"}"#, "'mode' is 'fsat'. Use one of: fast, slow. Did you mean 'fast'?"),
            (#"{"bot_id": 7, "mode": true}"#, "'mode' is true. Use one of: fast, slow."),
            (#"{"bot_id": 7, "list": ["a", "bc"]}"#, "'list' is a list. Use a list of texts of one letter."),
            (#"{"bot_id": 7, "on": "yes"}"#, "'on' is 'yes'. Use true or false."),
            (#"{"bot_id": 7, "bot": 8}"#, "there is no argument 'bot'. Use: bot_id, size, mode, list, on, note."),
            (#"{"bot_id": 7, "sise": 8}"#, "there is no argument 'sise'. Did you mean 'size'?"),
            (#"{"bot_id": 7, "mode": "slow"}"#, "'size' is missing. mode: slow needs it."),
        ])
    func `what does not fit is told with what was given and what is allowed`(_ json: String, _ message: String) {
        let found = problems(json)
        #expect(found.count == 1 && found[0].hasPrefix(message), "\(found)")
    }

    @Test func `every problem is told, with the argument that it is about`() {
        let found = rules.problems(in: Array(#"{"size": "x", "what": 1}"#.utf8))
        #expect(found.map(\.field) == ["what", nil, "size"], "\(found)")
        let sentence = rules.sentence(on: Array("{}".utf8), kind: "k")
        #expect(sentence?.hasPrefix("The arguments do not fit kind 'k': ") == true)
        #expect(ArgumentRules.anything.problems(in: Array("7".utf8)).isEmpty)
    }

    @Test func `a hostile name or value cannot steer a terminal`() {
        let found = problems("{\"bot_id\": 7, \"a\\u001b[2J\": 1, \"mode\": \"\\u001b[31m\"}")
        #expect(found.count == 2 && !found.contains { $0.contains("\u{1b}") }, "\(found)")
    }
}
