import UnixSignals

/// Ctrl-C and SIGTERM, for commands that report their progress when they are stopped.
enum StopSignals {
    /// Runs a body that a first signal cancels instead of killing the process; the body decides when it returns.
    static func cancelling<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        return try await withThrowingTaskGroup(of: Value?.self) { tasks in
            tasks.addTask { try await body() }
            tasks.addTask {
                for await _ in signals { break }
                return nil
            }
            while let ended = try await tasks.next() {
                tasks.cancelAll()
                if let value = ended { return value }
            }
            throw CancellationError()
        }
    }
}
