import CeleryBridge
import JobQueue
import TestSupport
import Testing
import Worker

struct BuiltInTasksTests {
    private let table: TaskTable = {
        var table = TaskTable()
        table["pair"] = { call in
            let child = NewJob(id: try call.context.id.child("c"), kind: try JobKind("k"), queue: try QueueName("q"))
            return TaskReturn(.list(call.args), output: JobOutput(children: [child]))
        }
        BuiltInTasks.register(into: &table)
        return table
    }()

    private func run(_ task: String, _ name: String, _ items: [WireValue]) async throws -> TaskReturn {
        let signature = WireValue.object(WireObject([("task", .text(name)), ("args", .list([.text("own")]))]))
        let body = try #require(table[task])
        return try await body(.sample(task, kwargs: [("task", signature), ("it", .list(items))]))
    }

    @Test func `map calls a task with each item, without the arguments of its signature`() async throws {
        let done = try await run("celery.map", "pair", [.number("1"), .null])
        #expect(done.value == .list([.list([.number("1")]), .list([.null])]))
        #expect(try done.output.children.map(\.id) == [JobID("call:item-0:c"), JobID("call:item-1:c")])
    }

    @Test func `starmap calls it with the elements of each item`() async throws {
        let done = try await run("celery.starmap", "pair", [.list([.number("1"), .number("2")])])
        #expect(done.value == .list([.list([.number("1"), .number("2")])]))
        await #expect(throws: TaskFailure.self) { try await run("celery.starmap", "pair", [.null]) }
    }

    @Test func `a task that is not registered fails the call`() async {
        await #expect(throws: TaskFailure("NotRegistered", module: "celery.exceptions", [.text("nobody")])) {
            try await run("celery.map", "nobody", [.null])
        }
    }

    @Test func `accumulate returns its arguments, or the one of an index`() async throws {
        let body = try #require(table["celery.accumulate"])
        let arguments: [WireValue] = [.number("1"), .number("2")]
        #expect(try await body(.sample("celery.accumulate", arguments)).value == .list(arguments))
        let second = try await body(.sample("celery.accumulate", arguments, kwargs: [("index", .number("1"))]))
        #expect(second.value == .number("2"))
    }
}
