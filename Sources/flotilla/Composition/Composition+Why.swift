import Exchange
import Foundation
import JobQueue
import Jobs
import Ledger
import Operations
import ScheduleConfiguration
import Scheduler
import Trading

/// Bots and orders, as `why` asks for them.
extension Composition {
    func whySources(_ broker: Broker) -> WhySources {
        WhySources(
            fleetView(broker), options: settings.given,
            bots: { (try? await withReadLedger { try await $0.bots().flatMap { [$0.name, "\($0.id)"] } }) ?? [] },
            bot: { try await botStanding($0, workers: $1, broker) },
            order: { try await orderStanding($0) })
    }

    /// Runs a body with the ledger, opened for reading.
    /// - Returns: nil where there is no ledger that can be read: another host may have it.
    private func withReadLedger<Value>(_ body: (Ledger) async throws -> Value) async throws -> Value? {
        let ledger: Ledger
        do { ledger = try await ledgerToRead() } catch { return nil }
        do {
            let value = try await body(ledger)
            try await ledger.close()
            return value
        } catch {
            try? await ledger.close()
            throw error
        }
    }

    private func botStanding(
        _ name: String, workers: [WorkerReport], _ broker: Broker
    ) async throws -> WhyStanding? {
        let found = try await withReadLedger { ledger -> WhyStanding? in
            guard let id = try await botID(name, ledger),
                var facts = try await BotFacts(
                    id, ledger: ledger, cache: MarketDataCache(redis: broker.redis, logger: logger), now: now())
            else { return nil }
            let entry = try? await evaluationEntry(broker)
            facts.everyMilliseconds = entry?.interval
            facts.switchedOff = Set(workers.flatMap(\.switchedOff))
            facts.orders = try await OrderGateStore(broker: broker).read()
            if let order = facts.lastOrder,
                let reason = try await QueueInspector(broker: broker).job(order.job)?.skippedBecause
            {
                facts.lastSkip = (reason, order.at)
            }
            return standing(BotStanding(facts), of: id, entry)
        }
        return found ?? nil
    }

    private func standing(_ bot: BotStanding, of id: Int, _ entry: EvaluationEntry?) -> WhyStanding {
        let next: WhyStanding.Next? =
            switch bot.next {
            case .evaluation: entry.map { .schedule($0.name(of: id)) }
            case .execution(let job): .job(job)
            case nil: nil
            }
        return WhyStanding(
            name: "\(id)",
            answer: WhyAnswer(bot.cause, bot.sentence, facts: bot.facts.map(Self.fact), remedy: bot.remedy), next: next)
    }

    private func orderStanding(_ name: String) async throws -> WhyStanding? {
        let found = try await withReadLedger { ledger -> WhyStanding? in
            let record: IntentRecord?
            if let own = try await ledger.intent(clientOrderID: name) {
                record = own
            } else {
                record = try await ledger.intent(orderID: name)
            }
            guard let record else { return nil }
            let order = OrderStanding(record, now: now())
            return WhyStanding(
                name: record.intent.clientOrderID,
                answer: WhyAnswer(
                    order.cause, order.sentence, facts: order.facts.map(Self.fact), remedy: order.remedy),
                next: order.job.map { .job($0) })
        }
        return found ?? nil
    }

    private static func fact(_ line: (text: String, source: String, at: Date?)) -> WhyFact {
        WhyFact(line.text, from: line.source, at: line.at.map { Int64($0.timeIntervalSince1970 * 1_000) })
    }

    private func botID(_ name: String, _ ledger: Ledger) async throws -> Int? {
        if let id = Int(name) { return id }
        return try await ledger.bots().first { $0.name == name }?.id
    }

    /// The entry of the active schedule that evaluates bots.
    private func evaluationEntry(_ broker: Broker) async throws -> EvaluationEntry? {
        let entries = try await activeSchedule(broker).schedules
        let entry = entries.first { $0.job == KindDefinition.evaluation.name && $0.enabled }
        return entry.map { EvaluationEntry(entry: $0, now: Int64(now().timeIntervalSince1970 * 1_000)) }
    }
}

/// The entry of the schedule that evaluates bots.
private struct EvaluationEntry {
    let entry: ScheduleEntry
    let now: Int64

    /// Between its next two ticks, milliseconds; nil when it has none.
    var interval: Int64? {
        guard let first = entry.next(after: now), let second = entry.next(after: first) else { return nil }
        return second - first
    }

    func name(of bot: Int) -> String { entry.forEach == nil ? entry.name : "\(entry.name)#\(bot)" }
}
