import CeleryBridge
import Testing

struct CallBindingTests {
    private let none = CallBinding(task: "app.tasks.ping", [])
    private let one = CallBinding(task: "adaptive.update_bot_weights", [.required("bot_id")])
    private let pair = CallBinding(task: "pair", [.required("a"), .optional("b", .number("30")), .free("c")])

    /// The sentence of the `TypeError`.
    private func sentence(
        _ binding: CallBinding, _ args: [WireValue] = [], _ kwargs: WireObject = WireObject()
    ) -> String? {
        do throws(TaskFailure) {
            _ = try binding.bind(args, kwargs)
            return nil
        } catch {
            return error.type == "TypeError" && error.module == "builtins" ? error.arguments.first?.string : nil
        }
    }

    @Test func `arguments bind by position and by name, in the order of the parameters`() throws {
        let bound = try pair.bind([.text("x")], WireObject([("c", .null), ("b", .bool(true))]))
        #expect(bound == WireObject([("a", .text("x")), ("b", .bool(true)), ("c", .null)]))
    }

    @Test func `a default counts, and a free parameter is left out`() throws {
        #expect(try pair.bind([.null], WireObject()) == WireObject([("a", .null), ("b", .number("30"))]))
    }

    @Test func `what does not fit is told in the words of CPython`() {
        #expect(
            sentence(one, [], WireObject([("x", .null)]))
                == "update_bot_weights() got an unexpected keyword argument 'x'")
        #expect(sentence(one) == "update_bot_weights() missing 1 required positional argument: 'bot_id'")
        #expect(
            sentence(one, [.null], WireObject([("bot_id", .null)]))
                == "update_bot_weights() got multiple values for argument 'bot_id'")
        #expect(sentence(one, [.null, .null]) == "update_bot_weights() takes 1 positional argument but 2 were given")
        #expect(sentence(none, [.null]) == "ping() takes 0 positional arguments but 1 was given")
        #expect(
            sentence(pair, [.null, .null, .null, .null])
                == "pair() takes from 1 to 3 positional arguments but 4 were given")
    }

    @Test func `several missing arguments are listed`() {
        let names = ["a", "b", "c"]
        let two = CallBinding(task: "f", names.prefix(2).map { .required($0) })
        let three = CallBinding(task: "f", names.map { .required($0) })
        #expect(sentence(two) == "f() missing 2 required positional arguments: 'a' and 'b'")
        #expect(sentence(three) == "f() missing 3 required positional arguments: 'a', 'b', and 'c'")
    }
}
