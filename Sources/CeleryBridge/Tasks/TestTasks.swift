import Worker

/// Tasks whose arguments set their behaviour, for tests and drills: only with `FLOTILLA_TEST_JOBS=1`.
package enum TestTasks {
    private static let prefix = "flotilla.test."
    /// The longest sleep, in seconds; Python's own limit is of the same order.
    private static let longestSleep = 1e9

    /// Adds them to a table.
    package static func register(into table: inout TaskTable) {
        table[prefix + "echo"] = { TaskReturn(try BoundArguments($0, [.optional("x", .null)])["x"]) }
        table[prefix + "sleep"] = { try await sleep($0) }
        table[prefix + "fail"] = { call in
            let arguments = try BoundArguments(call, [.optional("message", .text("failed as told"))])
            throw TaskFailure("ValueError", [arguments["message"]])
        }
        table[prefix + "retry"] = { try retry($0) }
    }

    /// Returns its seconds. Ends early when the attempt is cancelled.
    private static func sleep(_ call: TaskCall) async throws -> TaskReturn {
        let arguments = try BoundArguments(call, [.required("seconds")])
        let seconds = try arguments.needed("seconds", try arguments.number("seconds"))
        guard seconds >= 0 else { throw TaskFailure("ValueError", [.text("sleep length must be non-negative")]) }
        guard seconds <= longestSleep else {
            throw TaskFailure("OverflowError", [.text("timestamp too large to convert to C PyTime_t")])
        }
        try await call.context.sleep(for: .seconds(seconds))
        return TaskReturn(arguments["seconds"])
    }

    /// Retries until it was retried so many times, then returns the number of retries.
    private static func retry(_ call: TaskCall) throws -> TaskReturn {
        let arguments = try BoundArguments(call, [.required("times"), .optional("countdown", .number("0"))])
        let times = try arguments.needed("times", try arguments.int("times"))
        let countdown = try arguments.number("countdown") ?? 0
        guard call.retries < times else { return TaskReturn(.number("\(call.retries)")) }
        throw TaskRetry(
            countdown: max(0, countdown),
            because: TaskFailure("ValueError", [.text("retry \(call.retries + 1) of \(times)")]))
    }
}
