import Foundation
import TestSupport
import Testing

@testable import Dashboard

@Suite(.serialized) struct ServerTests {
    @Test func `a client that has the answer already is told so`() async throws {
        try await ServedDashboard.serving { served in
            let first = try await served.get("/api/v1/bots")
            let tag = try #require(first.headers["etag"])
            let second = try await served.get("/api/v1/bots", headers: "If-None-Match: \(tag)\n")
            #expect(first.status == 200)
            #expect(second.status == 304 && second.body.isEmpty)
        }
    }

    @Test func `a method that a path lacks is told those that it has`() async throws {
        try await ServedDashboard.serving { served in
            let reply = try await RawConnection.ask(
                "HEAD /api/v1/bots/1 HTTP/1.1\nHost: localhost\nConnection: close\n\n", port: served.port)
            #expect(reply.status == 405)
            #expect(reply.headers["allow"]?.contains("GET") ?? false)
            #expect(reply.body.isEmpty)
        }
    }

    @Test func `the front end's page may read answers, and no other's`() async throws {
        try await ServedDashboard.serving { served in
            let own = try await served.get("/health", headers: "Origin: http://localhost:3000\n")
            #expect(own.headers["access-control-allow-origin"] == "http://localhost:3000")
            #expect(own.headers["access-control-allow-credentials"] == "true")
            let other = try await served.get("/health", headers: "Origin: http://evil.example\n")
            #expect(other.headers["access-control-allow-origin"] == nil)
        }
    }

    @Test func `readiness names what is missing`() async throws {
        try await ServedDashboard.serving { served in
            let reply = try await served.get("/readyz")
            #expect(reply.status == 503)
            #expect(reply.body.contains(#"{"name":"redis","ok":true,"reason":null}"#))
            #expect(reply.body.contains("no scheduler leads"))
            #expect(reply.body.contains("no price of a running bot's product"))
        }
    }

    @Test func `the built front end is served, and each of its pages`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "front-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder.appending(path: "assets"), withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try "<p>page</p>".write(to: folder.appending(path: "index.html"), atomically: true, encoding: .utf8)
        try "code".write(to: folder.appending(path: "assets/app.js"), atomically: true, encoding: .utf8)
        let pages = [
            ("/", "<p>page</p>"), ("/assets/app.js", "code"), ("/trades", "<p>page</p>"),
            ("/health", #"{"status":"healthy","service":"Trading Bot"}"#), ("/api/v1/none", #"{"detail":"Not Found"}"#),
        ]
        try await ServedDashboard.serving(.init(frontEnd: folder.path)) { served in
            for (path, text) in pages {
                let reply = try await served.get(path)
                #expect(reply.body == text, "\(path)")
            }
            for path in ["/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd"] {
                let reply = try await served.get(path)
                #expect(!reply.body.contains("root:"), "\(path)")
            }
        }
    }

    @Test func `what is not served goes to the old backend, and a change only when that is allowed`() async throws {
        try await ServedDashboard.serving { old in
            let address = try #require(UpstreamAddress("http://127.0.0.1:\(old.port)"))
            let reading = DashboardServer.Options(fallback: Fallback(address, passesChanges: false))
            try await ServedDashboard.serving(reading) { served in
                let unknown = try await served.get("/api/v1/no-such-thing")
                #expect(unknown.status == 404 && unknown.body == #"{"detail":"Not Found"}"#)
                #expect(try await served.post("/api/v1/no-such-thing").status == 501)
            }
        }
        let nobody = try #require(UpstreamAddress("http://127.0.0.1:1"))
        try await ServedDashboard.serving(.init(fallback: Fallback(nobody, passesChanges: true))) { served in
            let reply = try await served.get("/api/v1/no-such-thing")
            #expect(reply.status == 503 && reply.body.contains("cannot be reached"))
        }
    }

    @Test func `a comparison names the fields that differ, and none of what is equal`() async throws {
        try await ServedDashboard.serving { old in
            let address = try #require(UpstreamAddress("http://127.0.0.1:\(old.port)"))
            func differing(_ here: DashboardDependencies) async throws -> (asked: Int, answers: [String: [String]]) {
                var (asked, answers) = (0, [String: [String]]())
                try await BackendComparison(address, here).run { result in
                    asked += 1
                    let paths = result.problem.map { [$0] } ?? result.differences.map(\.path)
                    if !paths.isEmpty { answers[result.question] = paths }
                }
                return (asked, answers)
            }
            let same = try await differing(old.dependencies)
            #expect(same.asked > 40)
            #expect(same.answers == [:])
            let other = try await DashboardBench()
            try other.file.execute("UPDATE bots SET name = 'other', trade_step_pct = 7.5 WHERE id = 1")
            let found = try await differing(other.dependencies)
            #expect(found.answers["/api/v1/bots"]?.contains("[0].name") == true, "\(found)")
            #expect(found.answers["/api/v1/bots/1"]?.contains(".trade_step_pct") == true)
        }
    }

    @Test func `each path of the description is answered`() async throws {
        try await ServedDashboard.serving { served in
            let text = try await served.get("/api/v1/openapi.json").body
            guard case .object(let document) = try JSONDecoder().decode(JSONValue.self, from: Data(text.utf8)),
                case .object(let paths)? = document["paths"]
            else {
                Issue.record("no paths in \(text.prefix(200))")
                return
            }
            for (path, operations) in paths {
                guard case .object(let operations) = operations, operations["get"] != nil else { continue }
                let reply = try await served.get(path.replacing("{", with: "").replacing("}", with: ""))
                #expect(reply.status != 404 || reply.body != #"{"detail":"Not Found"}"#, "\(path): \(reply)")
                #expect(reply.status < 500 || [501, 503].contains(reply.status), "\(path): \(reply)")
            }
        }
    }
}
