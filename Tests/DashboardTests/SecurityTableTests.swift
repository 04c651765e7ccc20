import Foundation
import TestSupport
import Testing

@testable import Dashboard

/// The table of what an API without a password refuses, each row a request and its answer.
@Suite(.serialized) struct SecurityTableTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let name, request: String
        let status: Int
        var body = ""

        var testDescription: String { name }
    }

    /// HOST stands for the right header.
    static let rows = [
        Row(name: "a page's own request is answered", request: "GET /health HTTP/1.1\nHOST\n\n", status: 200),
        Row(
            name: "a name that leads here by DNS is refused",
            request: "GET /health HTTP/1.1\nHost: rebound.example\n\n", status: 403),
        Row(
            name: "a name that only begins like ours is refused",
            request: "GET /health HTTP/1.1\nHost: localhost.example\n\n", status: 403),
        Row(name: "a request without Host is refused", request: "GET /health HTTP/1.1\n\n", status: 400),
        Row(
            name: "a page of another site starts no bot",
            request: "POST /api/v1/bots/1/start HTTP/1.1\nHOST\nOrigin: http://evil.example\nContent-Length: 0\n\n",
            status: 403),
        Row(
            name: "a page without an origin starts no bot",
            request: "POST /api/v1/bots/1/start HTTP/1.1\nHOST\nOrigin: null\nContent-Length: 0\n\n", status: 403),
        Row(
            name: "an old browser's page of another site stops no bot",
            request: "POST /api/v1/bots/1/stop HTTP/1.1\nHOST\nSec-Fetch-Site: cross-site\nContent-Length: 0\n\n",
            status: 403),
        Row(
            name: "another port of this host is another origin",
            request: "DELETE /api/v1/bots/1 HTTP/1.1\nHOST\nOrigin: http://localhost:9999\n\n", status: 403),
        Row(
            name: "the front end's page may stop a bot",
            request: "POST /api/v1/bots/1/stop HTTP/1.1\nHOST\nOrigin: http://localhost:3000\n"
                + "Sec-Fetch-Site: same-site\nContent-Length: 0\n\n", status: 200),
        Row(
            name: "a form's body is no JSON",
            request: "POST /api/v1/bots HTTP/1.1\nHOST\nContent-Type: text/plain\nContent-Length: 2\n\n{}",
            status: 415),
        Row(
            name: "a body without a type is no JSON",
            request: "POST /api/v1/bots HTTP/1.1\nHOST\nContent-Length: 2\n\n{}", status: 415),
        Row(
            name: "a body that is announced too large is not read",
            request: "POST /api/v1/bots HTTP/1.1\nHOST\nContent-Type: application/json\n"
                + "Content-Length: 104857600\n\n", status: 413),
        Row(
            name: "a length that is no number is refused",
            request: "POST /api/v1/bots HTTP/1.1\nHOST\nContent-Length: many\n\n", status: 400),
        Row(
            name: "two lengths are refused",
            request: "POST /api/v1/bots HTTP/1.1\nHOST\nContent-Length: 2\nTransfer-Encoding: chunked\n\n{}",
            status: 400),
        Row(name: "a path that is no UTF-8 is refused", request: "GET /api/v1/%FF HTTP/1.1\nHOST\n\n", status: 400),
        Row(
            name: "a query that is no UTF-8 is refused",
            request: "GET /api/v1/notifications?limit=%FF HTTP/1.1\nHOST\n\n", status: 400),
        Row(
            name: "NUL in a path finds nothing", request: "GET /api/v1/bots/1%00 HTTP/1.1\nHOST\n\n", status: 422),
        Row(
            name: "a number beyond all numbers is refused",
            request: "GET /api/v1/bots/99999999999999999999 HTTP/1.1\nHOST\n\n", status: 422),
        Row(
            name: "a path upwards finds nothing",
            request: "GET /api/v1/../../../etc/passwd HTTP/1.1\nHOST\n\n", status: 404),
        Row(name: "what is no HTTP is refused", request: "\u{1}\u{2}\u{3}\n\n", status: 400),
        Row(
            name: "a preflight of another site is refused",
            request: "OPTIONS /api/v1/bots HTTP/1.1\nHOST\nOrigin: http://evil.example\n"
                + "Access-Control-Request-Method: POST\n\n", status: 400),
        Row(
            name: "a socket of another site's page is refused",
            request: "GET /api/v1/ws/trade-execution HTTP/1.1\nHOST\nOrigin: http://evil.example\nUpgrade: websocket\n"
                + "Connection: Upgrade\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\nSec-WebSocket-Version: 13\n\n",
            status: 403),
        Row(
            name: "a header of 40 KiB is refused",
            request: "GET /health HTTP/1.1\nHOST\nX-Long: \(String(repeating: "a", count: 40_000))\n\n", status: 400),
        Row(
            name: "two hundred headers are refused",
            request: "GET /health HTTP/1.1\nHOST\n" + (0..<200).map { "X-\($0): a\n" }.joined() + "\n", status: 400),
        Row(
            name: "an unknown method is not allowed", request: "PATCH /api/v1/bots/1 HTTP/1.1\nHOST\n\n", status: 405),
    ]

    @Test func `each row of the table is answered as it says`() async throws {
        try await ServedDashboard.serving { served in
            for row in Self.rows {
                let request = row.request.replacing("HOST", with: "Host: localhost:\(served.port)")
                let reply = try await RawConnection.ask(request, port: served.port)
                // A connection that ends without an answer refuses as well as any answer.
                #expect(reply.status == row.status || (row.status == 400 && reply == .closed), "\(row.name): \(reply)")
            }
            // After all of it the server serves.
            #expect(try await served.get("/healthz").status == 200)
        }
    }

    @Test func `a chunked body ends where the limit is`() async throws {
        try await ServedDashboard.serving { served in
            let head =
                "POST /api/v1/bots HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n"
            let chunk = Array("10000\r\n".utf8) + [UInt8](repeating: 0x20, count: 0x10000) + Array("\r\n".utf8)
            let parts = [Array(head.utf8)] + Array(repeating: chunk, count: 20) + [Array("0\r\n\r\n".utf8)]
            let (text, _) = try await RawConnection.open(port: served.port).exchange(parts) {
                RawReply($0)?.isWhole ?? false
            }
            #expect(RawReply(text)?.status == 413)
        }
    }

    @Test func `a host elsewhere needs the token, and a wrong one is none`() throws {
        let token = try #require(APIToken("0123456789abcdef"))
        let guarded = RequestGuard(host: "10.0.0.5", port: 8_000, token: token)
        let open = RequestGuard(host: "127.0.0.1", port: 8_000, token: nil)
        func status(_ requestGuard: RequestGuard, _ authorization: String?, isLoopback: Bool) -> Int {
            do throws(DashboardError) {
                try requestGuard.check(
                    .request(host: "10.0.0.5:8000", authorization: authorization), isLoopback: isLoopback)
                return 200
            } catch {
                return error.status
            }
        }
        #expect(status(guarded, nil, isLoopback: false) == 403)
        #expect(status(guarded, "Bearer 0123456789abcdee", isLoopback: false) == 403)
        #expect(status(guarded, "Bearer 0123456789abcdef0", isLoopback: false) == 403)
        #expect(status(guarded, "Bearer ", isLoopback: false) == 403)
        #expect(status(guarded, "Bearer 0123456789abcdef", isLoopback: false) == 200)
        #expect(status(open, "Bearer 0123456789abcdef", isLoopback: false) == 403)
        #expect("\(token)" == "***")
        #expect(APIToken("short") == nil)
    }
}
