import ArgumentParser
import Documents
import Foundation
import JobQueue
import Jobs
import Operations
import ScheduleConfiguration
import Scheduler
import Time

/// What `--catch-up` takes.
enum CatchUpOption: String, ExpressibleByArgument, CaseIterable {
    case skip, once, all

    var policy: EntryPause.CatchUp {
        switch self {
        case .skip: .skip
        case .once: .once
        case .all: .all
        }
    }
}

struct SchedulePause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Let an entry, or one entity of it, enqueue nothing. Its ticks are recorded as skipped.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The entry, or entry#entity.") var name: String
    @Option(help: "Why, for those who wonder.") var reason = ""
    @Option(name: .customLong("for"), help: "How long, such as 1h; else until it is resumed.") var duration: String?
    @Option(help: "What is made up for when it ends by itself: skip, once (the newest tick) or all (misfire_max).")
    var catchUp = CatchUpOption.skip
    @Flag(help: "One JSON document on stdout.") var json = false

    func run() async throws {
        let length = try duration.map { Duration.milliseconds(try DurationParser.milliseconds($0)) }
        let composition = try Composition(common)
        try await composition.withBroker { broker in
            let choice = try EntryChoice(name, in: try await composition.activeSchedule(broker))
            try refuseOrders(choice.entry, catchUp.policy)
            try await FleetOperator.here(broker).pauseEntry(
                choice.name, in: choice.queue, for: length, why: reason, catchUp: catchUp.policy)
            guard json else { return print("paused \(choice.name)") }
            let now = try await broker.clock.now()
            let pause = try await broker.schedules.entryPauses(in: choice.queue).first { $0.name == choice.name }
            Terminal.printDocument(
                EntryPausedDocument(
                    choice.name, reason: reason, until: pause?.end(at: now), catchUp: catchUp.policy))
        }
    }
}

struct ScheduleResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Let a paused entry, or one entity of it, tick again.")

    @OptionGroup var common: CommonOptions
    @Argument(help: "The entry, or entry#entity.") var name: String
    @Option(help: "What is made up for: skip, once (the newest tick) or all (misfire_max).")
    var catchUp: CatchUpOption?
    @Flag(help: "One JSON document on stdout.") var json = false

    func run() async throws {
        let composition = try Composition(common)
        try await composition.withBroker { broker in
            let choice = try EntryChoice(name, in: try await composition.activeSchedule(broker))
            let now = try await broker.clock.now()
            guard
                let seen = try await broker.schedules.entryPauses(in: choice.queue).first(where: {
                    $0.name == choice.name
                })
            else { throw CommandFailure(.notFound, "'\(choice.name)' is not paused. See 'flotilla schedule list'.") }
            let policy = catchUp?.policy ?? seen.catchUp
            try refuseOrders(choice.entry, policy)
            // Asked before anything changes: without its entities nothing could be made up for.
            let entities = policy == .skip ? nil : try await choice.entities(composition, broker)
            guard let pause = try await FleetOperator.here(broker).resumeEntry(choice.name, in: choice.queue) else {
                throw CommandFailure(.notFound, "'\(choice.name)' is not paused any more.")
            }
            let acting = FleetOperator.here(broker).acting("entry.backfill", on: choice.name)
            let backfill = Backfill(entry: choice.entry, entities: entities, entity: choice.entity, broker: acting)
            let times = try await backfill.missed(from: pause.since, through: now, policy: policy)
            var jobs = 0
            for time in times { jobs += try await backfill.enqueue(time).jobs }
            if json {
                return Terminal.printDocument(EntryResumedDocument(choice.name, ticks: times.count, jobs: jobs))
            }
            let madeUp = jobs > 0 ? "; \(jobs) jobs of \(times.count) ticks were made up for" : ""
            print("resumed \(choice.name)" + madeUp)
        }
    }
}

/// Orders of the past are never made up for.
/// - Throws: `CommandFailure` with status `refused`.
private func refuseOrders(_ entry: ScheduleEntry, _ policy: EntryPause.CatchUp) throws {
    guard JobCatalog.placesOrders(entry.job), policy != .skip else { return }
    throw CommandFailure(
        .refused, "'\(entry.name)' places orders, and those of the past are not made up for. Use --catch-up skip.")
}
