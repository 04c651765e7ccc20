import JobQueue
import Scheduler

/// What people do to a schedule: they pause entries and entities, resume them, edit the file, and take an edit back.
struct SimulatedPlanner: Sendable {
    let fleet: SimulatedFleet
    let file: SimulatedFile

    func run() async {
        let broker = fleet.broker()
        while await fleet.stage.sleep(for: fleet.stage.random { $0.span(200, 20_000) }) {
            do throws(JobQueueError) {
                try await act(broker)
            } catch {
                guard case .redis = error else { return fleet.stage.violate("a planner was refused: \(error)") }
            }
        }
    }

    private func act(_ broker: Broker) async throws(JobQueueError) {
        let stage = fleet.stage
        let entries = file.read(file.newest).file.schedules
        guard let entry = stage.random({ entries.randomElement(using: &$0) }) else { return }
        let queue = try QueueName(entry.queue)
        let name = stage.random { $0.happens(5_000) } ? entry.name : "\(entry.name)#\(stage.random { $0.span(1, 6) })"
        switch stage.random({ Int.random(in: 0..<10, using: &$0) }) {
        case 0...4:
            let time = stage.random { $0.span(500, 120_000) }
            let catchUp = stage.random { EntryPause.CatchUp.allCases.randomElement(using: &$0) } ?? .skip
            let isForGood = stage.random { $0.happens(2_000) }
            try await broker.pauseEntry(
                name, in: queue, for: isForGood ? nil : .milliseconds(time), by: "planner", reason: "simulated",
                catchUp: catchUp)
        case 5, 6: _ = try await broker.resumeEntry(name, in: queue)
        case 7, 8: stage.random { file.edit(using: &$0) }
        default:
            let back = stage.random { [newest = file.newest] in Int.random(in: 0...newest, using: &$0) }
            _ = try await broker.storeSchedule(file.read(back).text, by: "planner")
        }
    }
}
