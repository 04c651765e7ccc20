import ArgumentParser
import ScheduleConfiguration

struct Schedule: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "What runs when.",
        subcommands: [
            Check.self, Test.self, Plan.self, Apply.self, Rollback.self, Next.self, Simulate.self, ScheduleList.self,
            ScheduleHistory.self, ScheduleRun.self, SchedulePause.self, ScheduleResume.self, ScheduleBackfill.self,
            ImportCelery.self, Shadow.self,
        ],
        defaultSubcommand: ScheduleList.self)

    static func unknown(_ name: String, _ entries: [ScheduleEntry]) -> CommandFailure {
        CommandFailure(
            .notFound, "No schedule is called '\(name)'. There are: \(entries.map(\.name).joined(separator: ", ")).")
    }
}
