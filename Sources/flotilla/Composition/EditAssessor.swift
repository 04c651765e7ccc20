import ArgumentParser
import Forecast
import Foundation
import Logging
import Operations
import ScheduleConfiguration
import ServiceLifecycle
import Synchronization

/// Computes in the background which limits an edit would exceed, with the same figures as `schedule plan`: that may
/// take longer than a leader may delay its ticks.
final class EditAssessor: Service {
    private struct Question: Equatable {
        let active, edited: ScheduleFile
    }

    private struct State {
        var question: Question?
        /// The answer to the question; nil while it is being computed.
        var answer: [String]?
    }

    private let composition: Composition
    private let state = Mutex(State())
    private let (questions, asked) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    init(_ composition: Composition) { self.composition = composition }

    /// Sentences without their full stops; nil until the answer is known; call again then. Only the newest question is
    /// answered.
    func excesses(_ active: ScheduleFile, _ edited: ScheduleFile) -> [String]? {
        let question = Question(active: active, edited: edited)
        return state.withLock { state in
            if state.question != question {
                state = State(question: question)
                asked.yield()
            }
            return state.answer
        }
    }

    func run() async {
        await cancelWhenGracefulShutdown {
            for await _ in self.questions {
                guard let question = self.state.withLock({ $0.answer == nil ? $0.question : nil }) else { continue }
                let answer = await self.answer(question)
                self.state.withLock { if $0.question == question { $0.answer = answer } }
            }
        }
    }

    private func answer(_ question: Question) async -> [String] {
        do {
            let facts = try await LoadOptions.parse([]).facts(composition).facts
            let now = Int64(Date().timeIntervalSince1970 * 1_000)
            let before = ScheduleLoad(of: question.active, facts, at: now)
            let after = ScheduleLoad(of: question.edited, facts, at: now)
            return after.excesses(beyond: before).map { limit in
                let text = PlanReport.sentences(of: limit)
                return text.hasSuffix(".") ? String(text.dropLast()) : text
            }
        } catch {
            // Without figures the edit counts as risky.
            return ["what it asks of the limits could not be worked out: \(error)"]
        }
    }
}
