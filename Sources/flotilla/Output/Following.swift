/// Pauses of commands that go on showing something.
enum Following {
    private static let look = Duration.milliseconds(100)

    /// Sleeps, and ends the process as the next write would when the reader of standard output is gone meanwhile: with
    /// `| head`, the process does not run on until the next refresh.
    static func sleep(for time: Duration) async throws {
        let clock = ContinuousClock()
        let end = clock.now + time
        while true {
            StandardStreams.endWithoutReader()
            let left = clock.now.duration(to: end)
            guard left > .zero else { return }
            try await clock.sleep(for: min(left, look))
        }
    }
}
