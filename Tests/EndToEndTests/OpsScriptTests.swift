import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// The scripts of `ops` before they build anything: there is no compiler on their PATH.
    @Suite(.serialized) struct OpsScriptTests {
        private static let scripts = ["run", "test", "chaos", "bench/run"]

        private static func path(_ script: String) -> String {
            URL(filePath: #filePath).appending(path: "../../../ops/\(script)").standardizedFileURL.path
        }

        /// The tools of a bare system, without a compiler.
        private func tools(_ sandbox: Sandbox) throws -> String {
            let folder = sandbox.path("tools")
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            for name in ["bash", "env", "dirname", "readlink", "date", "tr", "grep", "timeout", "sed", "head"] {
                let place = ["/usr/bin/", "/bin/"].map { $0 + name }.first {
                    FileManager.default.isExecutableFile(atPath: $0)
                }
                guard let place else { continue }
                try FileManager.default.createSymbolicLink(atPath: folder + "/" + name, withDestinationPath: place)
            }
            return folder
        }

        private func run(
            _ script: String, _ words: [String], _ sandbox: Sandbox, _ extra: [String: String] = [:]
        ) async throws -> Outcome {
            let search = sandbox.path("tools")
            return try await sandbox.launch(
                "/bin/bash", [script] + words, environment: ["PATH": search].merging(extra) { $1 }
            ).end(within: .seconds(30))
        }

        @Test func `help is printed at once, and a link to a script leads to it`() async throws {
            try await withSandbox { sandbox in
                _ = try tools(sandbox)
                for script in Self.scripts {
                    for word in ["--help", "-h"] {
                        let help = try await run(Self.path(script), [word], sandbox)
                        #expect(help.status == 0 && help.output.hasPrefix("Usage: ops/\(script)"), "\(script): \(help)")
                    }
                    let (link, second) = (sandbox.path("link"), sandbox.path("second"))
                    for path in [link, second] { try? FileManager.default.removeItem(atPath: path) }
                    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: Self.path(script))
                    try FileManager.default.createSymbolicLink(atPath: second, withDestinationPath: "link")
                    let linked = try await run(second, [], sandbox)
                    #expect(linked.status == 1, "\(script): \(linked)")
                    #expect(linked.complaint.contains("there is no 'swift' on the PATH"), "\(script): \(linked)")
                }
            }
        }

        @Test func `a Redis that is not there is told before the build`() async throws {
            try await withRedis { sandbox, server in
                _ = try tools(sandbox)
                let script = Self.path("run")
                for url in ["redis://:a@b/c@127.0.0.1:1/0", "rediss://[::1]:1", "unix:///nowhere.sock?db=0"] {
                    for (words, extra, name) in [
                        ([], ["REDIS_URL": url], "REDIS_URL"), (["--redis", url], [:], "--redis"),
                        (["--redis=\(url)"], ["REDIS_URL": server.url], "--redis"),
                    ] as [([String], [String: String], String)] {
                        let dead = try await run(script, words, sandbox, ["REDIS_URL": ""].merging(extra) { $1 })
                        #expect(dead.status == 4 && dead.complaint.contains("or correct \(name)"), "\(dead)")
                        #expect(!"\(dead)".contains("a@b"), "\(dead)")
                    }
                }
                #expect(try await run(script, [], sandbox, ["REDIS_URL": "here"]).status == 2)
                let live = try await run(script, [], sandbox, ["REDIS_URL": server.url])
                #expect(live.complaint.contains("there is no 'swift' on the PATH"), "\(live)")
            }
        }
    }
}
