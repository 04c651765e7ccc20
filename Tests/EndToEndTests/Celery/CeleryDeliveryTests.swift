import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// Messages that should not be, and those of workers that are gone.
    @Suite(.serialized, .enabled(if: CeleryPython.areInstalled, "ops/celery/environments makes them"))
    struct CeleryDeliveryTests {
        @Test(.timeLimit(.minutes(5)))
        func `bad messages are answered and kept, and no worker dies of one`() async throws {
            try await CeleryFleet.run { fleet in
                let captures = CeleryPython.path("Tests/CeleryBridgeTests/Captures/messages.json")
                let report = try await fleet.drive(
                    "bad_messages", with: .newest, ["--captures", captures], within: .seconds(280))
                #expect(report.isClean(atLeast: 45), "\(report)")
                let failed = try await fleet.sandbox.run("failed", "list", "--limit", "5")
                #expect(failed.status == 0 && failed.output.contains("celery.celery"), "\(failed)")
            }
        }

        @Test(.timeLimit(.minutes(2)), arguments: [CeleryPython.pinned, .newest])
        func `messages that Celery's workers left run, and a second delivery adds nothing`(
            _ python: CeleryPython
        ) async throws {
            try await CeleryFleet.run { fleet in
                let report = try await fleet.drive("delivery", with: python, ["--visibility", "60", "--wait", "60"])
                #expect(report.isClean(atLeast: 5), "\(report)")
            }
        }
    }
}
