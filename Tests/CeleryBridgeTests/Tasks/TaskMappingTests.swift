import CeleryBridge
import JobQueue
import TestSupport
import Testing
import Worker

struct TaskMappingTests {
    /// Gives its arguments back, and enqueues one job.
    private struct GiveBack: Job {
        func run(_ payload: RawArguments, in context: JobContext) async throws -> JobOutput {
            let id = try context.id.child("next")
            return JobOutput(
                result: String(decoding: payload.json, as: UTF8.self),
                children: [NewJob(id: id, kind: try JobKind("give-back"), queue: try QueueName("q"))])
        }
    }

    private struct Refuse: Job {
        func run(_ payload: RawArguments, in context: JobContext) async throws -> JobOutput {
            throw JobStop.refuse(type: "bad-arguments", message: "'what' is missing.")
        }
    }

    private func mapping(_ parameters: [CallBinding.Parameter]? = nil) throws -> TaskMapping {
        TaskMapping(
            task: "app.refresh", kind: try JobKind("give-back"), defaults: WireObject([("what", .text("quotes"))]),
            parameters: parameters)
    }

    private func registry() throws -> JobRegistry {
        var registry = JobRegistry()
        registry.register(try JobKind("give-back"), GiveBack())
        registry.register(try JobKind("refuse"), Refuse())
        return registry
    }

    @Test func `defaults come first, then what was given, without nulls`() throws {
        let mapping = try mapping([.free("products"), .free("days")])
        #expect(
            try mapping.arguments([.list([])], WireObject([("days", .null)]))
                == WireObject([("what", .text("quotes")), ("products", .list([]))]))
    }

    @Test func `without parameters one object and keyword arguments are taken`() throws {
        let object = WireValue.object(WireObject([("a", .number("1"))]))
        let expected = WireObject([("what", .text("quotes")), ("b", .number("2")), ("a", .number("1"))])
        #expect(try mapping().arguments([object], WireObject([("b", .number("2"))])) == expected)
        #expect(throws: TaskFailure.self) { try mapping().arguments([.null], WireObject()) }
        #expect(throws: TaskFailure.self) { try mapping().arguments([object], WireObject([("a", .null)])) }
    }

    @Test func `what a call gives replaces a default`() throws {
        #expect(
            try mapping().arguments([], WireObject([("what", .text("products"))]))
                == WireObject([("what", .text("products"))]))
    }

    @Test func `a mapped task returns what its kind returns, with the jobs that it enqueues`() async throws {
        let body = try mapping().body(try registry())
        let done = try await body(try TaskCall.sample("app.refresh", kwargs: [("n", .number("1"))]))
        #expect(done.value == .object(WireObject([("what", .text("quotes")), ("n", .number("1"))])))
        #expect(done.output.children.map(\.id) == [try JobID("call:next")])
        #expect(done.output.result == "")
    }

    @Test func `what the kind refuses is an error of the task`() async throws {
        let mapping = TaskMapping(task: "t", kind: try JobKind("refuse"))
        let registry = try registry()
        await #expect(throws: TaskFailure("TypeError", [.text("'what' is missing.")])) {
            try await mapping.body(registry)(try TaskCall.sample("t"))
        }
        let unknown = TaskMapping(task: "t", kind: try JobKind("nobody"))
        await #expect(throws: TaskFailure.self) { try await unknown.body(registry)(try TaskCall.sample("t")) }
    }

    @Test func `parts of one job have ids of their own, the same in every attempt`() async throws {
        let context = try TaskCall.sample("t").context
        let (first, second) = (try context.part("bot-1"), try context.part("bot-2"))
        #expect(first.id.description == "call:bot-1")
        #expect(try first.id != second.id && first.id == context.part("bot-1").id)
        #expect(first.job.id == context.id)
        let long = try TaskCall.sample("t", job: String(repeating: "x", count: 128)).context
        #expect(try long.part("bot-1").id.child("execution") != long.part("bot-2").id.child("execution"))
    }
}
