import Documents
import JobQueue
import ScheduleConfiguration
import Scheduler

/// Compares the schedule file of this host with the active version by their content; no scheduler need run here.
struct LocalFileCheck {
    let composition: Composition

    func check(_ broker: Broker) async throws -> Check? {
        let path = composition.settings.schedulesPath
        guard let active = try await broker.schedules.schedule(), let own = try? composition.loadedSchedule() else {
            return nil
        }
        let name = "active file"
        guard own.text != active.text else { return .ok(name, "\(path) is version \(active.number), the active one") }
        let difference = (try? Composition.parse(active)).map { EntrySummary(from: $0, to: own.file).line }
        let equals = try await broker.schedules.scheduleVersion(of: own.text).map { "it equals version \($0)" }
        return .warn(
            name,
            "\(path) is not the active schedule, which is version \(active.number) of \(Shown.line(active.author)): "
                + "\(equals ?? difference ?? "it differs")",
            "To activate it: \(composition.settings.pasted(["schedule", "apply", FileArgument.word(path)]))")
    }
}
