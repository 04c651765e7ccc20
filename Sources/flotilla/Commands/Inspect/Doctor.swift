import ArgumentParser
import Documents
import JobQueue
import Operations
import Redis

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks everything a newcomer gets wrong and says how to mend it. Exits with 8 when a check fails.")

    @OptionGroup var common: CommonOptions
    @Flag(help: "Also look at every key in Redis: is each job in exactly one place? Reads all of them, changes none.")
    var audit = false
    @Flag(help: "One JSON document on stdout.") var json = false

    func run() async throws {
        let composition = try Composition(common)
        var checks = HostChecks(composition).schedule()
        checks += await HostChecks(composition).database()
        checks += HostChecks(composition).disk()
        var report: AuditReport?
        do {
            (checks, report) = try await composition.withBroker { broker in
                let redis = try await RedisChecks(broker, try? composition.schedule()).all()
                let fleet = try await FleetChecks(composition, broker).all()
                let schedule = try await ScheduleHealth(
                    try? composition.activeSchedule(broker), broker, options: composition.settings.given)
                let ledgers = try await LedgerAgreement(broker)
                let local = try await LocalFileCheck(composition: composition).check(broker)
                let own = await HostChecks(composition).sameDatabase(as: broker)
                let orders = OrderHealth(try await WorkerRegistry(broker: broker).live(), seenHere: nil)
                return (
                    redis + fleet + own + Check.all(ledgers) + Check.all(orders) + Check.all(schedule)
                        + [local].compactMap(\.self) + checks,
                    audit ? try await QueueAuditor(broker: broker).audit() : nil
                )
            }
        } catch {
            guard let failure = error as? CommandFailure ?? CommandFailure(known: error) else { throw error }
            checks.insert(.fail("redis", failure.message, "Nothing that stands in Redis could be checked."), at: 0)
        }
        if let report { checks.append(Self.check(of: report)) }
        if json { Terminal.printDocument(Self.document(checks, report)) } else { Self.printLines(checks, report) }
        let failed = checks.filter { $0.level == .fail }
        guard failed.isEmpty else {
            let names = failed.map(\.name).joined(separator: ", ")
            let count = failed.count == 1 ? "1 check" : "\(failed.count) checks"
            throw CommandFailure(.unhealthy, "\(count) failed: \(names). The remedies stand beside them.")
        }
    }

    private static func check(of report: AuditReport) -> Check {
        let count = report.findings.count + report.omitted
        let looked = "\(report.jobs) jobs in \(report.queues) queues"
        if count > 0 { return .fail("audit", "\(count) findings among \(looked)", "See the findings one by one.") }
        guard report.untold.isEmpty else { return .warn("audit", "\(looked): \(report.untold.joined(separator: " "))") }
        guard report.jobs > 0 else { return .ok("audit", "\(looked): nothing to look at") }
        return .ok("audit", "\(looked), each in exactly one place")
    }

    /// Findings that are shown to a person; JSON has all.
    private static let shownFindings = 50

    private static func printLines(_ checks: [Check], _ report: AuditReport?) {
        for check in checks {
            let name = check.name + String(repeating: " ", count: max(0, 12 - check.name.count))
            let level = check.level.rawValue + String(repeating: " ", count: 4 - check.level.rawValue.count)
            print("\(level)  \(name)  \(check.seen)")
            if !check.remedy.isEmpty { print("                    \(check.remedy)") }
        }
        guard let report else { return }
        for finding in report.findings.prefix(shownFindings) {
            let place = [finding.queue.map { "queue \($0)" }, finding.id].compactMap(\.self).joined(separator: ", ")
            print("\n\(finding.rule.rawValue): \(place.isEmpty ? "all" : place): \(finding.seen)\n  \(finding.remedy)")
        }
        let rest = report.findings.count - shownFindings + report.omitted
        if rest > 0 { print("\nand \(rest) more; --json has the first 1000") }
    }

    private static func document(_ checks: [Check], _ report: AuditReport?) -> DoctorDocument {
        DoctorDocument(
            healthy: checks.allSatisfy { $0.level != .fail }, checks: checks.map(\.document), audit: report)
    }
}

/// One line of `doctor`.
struct Check {
    enum Level: String {
        case ok
        /// Works, and will hurt some day.
        case warn
        case fail
    }

    let name: String
    let level: Level
    let seen: String
    /// What to do; empty when nothing is to be done.
    let remedy: String

    static func ok(_ name: String, _ seen: String) -> Check { Check(name: name, level: .ok, seen: seen, remedy: "") }
    static func warn(_ name: String, _ seen: String, _ remedy: String = "") -> Check {
        Check(name: name, level: .warn, seen: OptionWords.spoken(seen), remedy: OptionWords.spoken(remedy))
    }
    static func fail(_ name: String, _ seen: String, _ remedy: String = "") -> Check {
        Check(name: name, level: .fail, seen: OptionWords.spoken(seen), remedy: OptionWords.spoken(remedy))
    }

    var document: CheckDocument { CheckDocument(name: name, level: level.rawValue, seen: seen, remedy: remedy) }
}
