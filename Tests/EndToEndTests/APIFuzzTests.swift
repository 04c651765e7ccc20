import Fleet
import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// What is sent to the API by nobody who means well.
    @Suite(.serialized) struct APIFuzzTests {
        @Test(.timeLimit(.minutes(5)))
        func `no generated request is answered with an error of the server`() async throws {
            let port = try freePort()
            let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
            let schedule = try String(contentsOf: root.appending(path: "schedules.yaml"), encoding: .utf8)
            let environment = ["FLOTILLA_LISTEN": "127.0.0.1:\(port)"]
            try await withSandbox(schedule: schedule, environment: environment) { sandbox in
                let up = try await Up.start(in: sandbox, workers: 3)
                let accounts = "http://127.0.0.1:\(port)/api/v1/market/accounts"
                try await eventually("the account is known", within: .seconds(90), every: .milliseconds(500)) {
                    try await sandbox.launch("curl", ["-sf", accounts], environment: [:]).end(within: .seconds(20))
                        .status == 0
                }
                let script = root.appending(path: "ops/fuzz-api").path
                // The long run is 'ops/fuzz-api URL 200'.
                let run = try await sandbox.launch(
                    script, ["http://127.0.0.1:\(port)", "5"],
                    environment: [
                        "FLOTILLA_FUZZ_PYTHON": NSTemporaryDirectory() + "flotilla-fuzz", "HOME": sandbox.folder,
                    ]
                ).end(within: .seconds(240))
                #expect(run.status == 0, "\(run.output.suffix(3_000)) \(run.complaint.suffix(1_000))")
                // The same process has answered to the end.
                let ends = up.program.log.split(separator: "\n").filter { $0.contains("worker ended") }
                #expect(ends.isEmpty, "\(ends)")
                #expect(try await up.interrupt(within: .seconds(60)).status == 0)
            }
        }
    }
}
