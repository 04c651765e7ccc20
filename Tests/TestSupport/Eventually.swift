/// A fact that did not come true in time.
public struct NeverHappened: Error, CustomStringConvertible {
    public let fact: String
    public let limit: Duration

    public var description: String { "Not within \(limit): \(fact)." }
}

/// Waits until a fact holds, by looking again and again. The one place where tests may wait for real time.
/// - Parameters:
///   - fact: what is waited for, as a clause for the failure: "the job is running".
///   - limit: how long at most. No promise: a loaded machine gets the time that it needs.
///   - pause: between two looks.
/// - Throws: `NeverHappened` after the limit; `CancellationError`; whatever the check throws.
public func eventually(
    _ fact: String, within limit: Duration = .seconds(20), every pause: Duration = .milliseconds(5),
    isolation: isolated (any Actor)? = #isolation, _ check: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while try await !check() {
        if clock.now >= deadline { throw NeverHappened(fact: fact, limit: limit) }
        try await clock.sleep(for: pause)
    }
}
