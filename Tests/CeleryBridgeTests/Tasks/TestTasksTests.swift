import CeleryBridge
import TestSupport
import Testing
import Worker

struct TestTasksTests {
    private let table: TaskTable = {
        var table = TaskTable()
        TestTasks.register(into: &table)
        return table
    }()

    private func run(_ call: TaskCall) async throws -> WireValue {
        let body = try #require(table[call.task])
        return try await body(call).value
    }

    @Test func `there are four`() {
        let names = ["echo", "fail", "retry", "sleep"].map { "flotilla.test.\($0)" }
        #expect(table.names == names)
    }

    @Test func `echo returns what it is given, digit by digit`() async throws {
        let value = WireValue.list([.number("12345678901234567890"), .number("1.10"), .number("NaN")])
        #expect(try await run(.sample("flotilla.test.echo", [value])) == value)
        #expect(try await run(.sample("flotilla.test.echo")) == .null)
    }

    @Test func `fail raises a ValueError`() async {
        await #expect(throws: TaskFailure("ValueError", [.text("boom")])) {
            try await run(.sample("flotilla.test.fail", kwargs: [("message", .text("boom"))]))
        }
    }

    @Test func `retry asks for another run until it was retried so often`() async throws {
        let arguments: [WireValue] = [.number("2"), .number("0.5")]
        for retries in 0..<2 {
            let retry = await #expect(throws: TaskRetry.self) {
                try await run(.sample("flotilla.test.retry", arguments, retries: retries))
            }
            #expect(retry?.countdown == 0.5)
            #expect(retry?.failure.type == "ValueError")
        }
        #expect(try await run(.sample("flotilla.test.retry", arguments, retries: 2)) == .number("2"))
    }

    @Test func `sleep returns its seconds as they were given`() async throws {
        let clock = ManualClock()
        let call = try TaskCall.sample("flotilla.test.sleep", [.number("1.50")], clock: clock)
        async let slept = run(call)
        try await eventually("it sleeps") { clock.sleeperCount == 1 }
        clock.advance(by: .milliseconds(1_500))
        #expect(try await slept == .number("1.50"))
    }

    @Test func `sleep ends when its attempt is cancelled`() async throws {
        let clock = ManualClock()
        let call = try TaskCall.sample("flotilla.test.sleep", [.number("60")], clock: clock)
        let task = Task { try await run(call) }
        try await eventually("it sleeps") { clock.sleeperCount == 1 }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test(arguments: ["-1", "1e300", "NaN", "Infinity"])
    func `sleep refuses times that cannot be slept`(_ seconds: String) async {
        await #expect(throws: TaskFailure.self) {
            try await run(.sample("flotilla.test.sleep", [.number(seconds)]))
        }
    }
}
