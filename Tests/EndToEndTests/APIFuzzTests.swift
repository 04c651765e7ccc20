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
            try await withRedis(schedule: Schedules.trading) { sandbox, _ in
                // The schema, and bots to ask for.
                let up = try await Up.start(in: sandbox, workers: 2)
                _ = try await up.interrupt()
                let api = try sandbox.start(["api", "--listen", "127.0.0.1:\(port)"])
                try await eventually("the API listens", within: .seconds(30)) { api.log.contains("the API listens on") }
                let script = URL(filePath: #filePath).deletingLastPathComponent()
                    .appending(path: "../../ops/fuzz-api").standardized.path
                // The long run is 'ops/fuzz-api URL 200'.
                let run = try await sandbox.launch(
                    script, ["http://127.0.0.1:\(port)", "5"],
                    environment: [
                        "FLOTILLA_FUZZ_PYTHON": NSTemporaryDirectory() + "flotilla-fuzz", "HOME": sandbox.folder,
                    ]
                ).end(within: .seconds(240))
                #expect(run.status == 0, "\(run.output.suffix(3_000)) \(run.complaint.suffix(1_000))")
                #expect(api.process.signal(0), "the API is gone: \(api.log.suffix(2_000))")
                kill(api.pid, SIGTERM)
                #expect(try await api.end(within: .seconds(20)).status == 0)
            }
        }
    }
}
