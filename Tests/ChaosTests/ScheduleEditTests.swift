import ProgramSupport
import TestSupport
import Testing

extension Chaos {
    @Suite(.serialized) struct ScheduleEditTests {
        @Test func `every edit that the rig makes is a valid file`() async throws {
            try await withSandbox(schedule: ChaosFleet.schedule, environment: Schedules.testJobs) { sandbox in
                for number in 1...12 {
                    try sandbox.write(ScheduleEdit.schedule(edit: number), to: "schedules.yaml")
                    let check = try await sandbox.run("schedule", "check")
                    #expect(check.status == 0, "edit \(number): \(check)")
                }
            }
        }
    }
}
