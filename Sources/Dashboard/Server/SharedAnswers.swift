/// Answers to the same question within a short time: one read of the ledger serves all dashboards that poll.
///
/// An actor, because what is being made and who waits for it change together.
actor SharedAnswers {
    private enum Entry {
        case making(waiting: [CheckedContinuation<Answer?, Never>])
        case made(Answer, at: ContinuousClock.Instant)
    }

    private var entries: [String: Entry] = [:]
    /// Rises when something was changed: what began to be made before must not be shared any more.
    private var edition = 0
    private static let life = Duration.seconds(1)
    /// Questions differ by their query, so their number is bounded.
    private static let most = 256

    /// - Parameter question: path and query, as they were sent.
    func answer(_ question: String, make: @Sendable () async throws -> Answer) async throws -> Answer {
        if case .made(let answer, let at) = entries[question], ContinuousClock.now - at < Self.life { return answer }
        if case .making = entries[question] {
            if let answer = await wait(for: question) { return answer }
            // The other one failed: this one gets its own error, or an answer.
            return try await make()
        }
        let begun = edition
        entries[question] = .making(waiting: [])
        do {
            var answer = try await make()
            answer.tag = EntityTag.of(answer.body)
            finish(question, answer, of: begun)
            return answer
        } catch {
            finish(question, nil, of: begun)
            throw error
        }
    }

    /// Forgets all answers, because something was changed.
    func forget() {
        edition += 1
        entries = entries.filter { if case .making = $0.value { true } else { false } }
    }

    private func wait(for question: String) async -> Answer? {
        await withCheckedContinuation { continuation in
            guard case .making(let waiting) = entries[question] else { return continuation.resume(returning: nil) }
            entries[question] = .making(waiting: waiting + [continuation])
        }
    }

    private func finish(_ question: String, _ answer: Answer?, of begun: Int) {
        guard case .making(let waiting) = entries[question] else { return }
        let isCurrent = begun == edition
        if let answer, isCurrent {
            if entries.count > Self.most { drop() }
            entries[question] = .made(answer, at: .now)
        } else {
            entries[question] = nil
        }
        for continuation in waiting { continuation.resume(returning: isCurrent ? answer : nil) }
    }

    private func drop() {
        entries = entries.filter { if case .making = $0.value { true } else { false } }
    }
}
