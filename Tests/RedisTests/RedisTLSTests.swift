import Foundation
import Redis
import TestSupport
import Testing

/// A real server with a TLS port, and everything that keeps a client from using it.
@Suite(.serialized) struct RedisTLSTests {
    let certificates: TemporaryCertificates

    init() async throws { certificates = try await TemporaryCertificates.shared() }

    private func start(
        named: Bool = false, clientCertificates: Bool = false
    ) async throws -> (server: TemporaryRedis, port: Int) {
        let port = try freePort()
        let pair = named ? certificates.named : certificates.server
        let server = try await TemporaryRedis.start(
            .init(arguments: [
                "--tls-port", "\(port)", "--tls-cert-file", pair.certificate, "--tls-key-file", pair.key,
                "--tls-ca-cert-file", certificates.authority, "--tls-auth-clients", clientCertificates ? "yes" : "no",
            ]))
        return (server, port)
    }

    private func client(_ url: String) throws -> RedisClient {
        var options = RedisOptions()
        options.connectTimeout = .milliseconds(500)
        options.waitForConnection = .seconds(2)
        return RedisClient(address: try RedisAddress(url), options: options, logger: .quiet)
    }

    private func sentence(_ url: String) async throws -> String {
        let client = try client(url)
        let error = await #expect(throws: RedisError.self) { try await client.send(["PING"]) }
        await client.close()
        return error.map { "\($0)" } ?? ""
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func `commands, blocking reads and messages are encrypted`(_ host: String) async throws {
        let (server, port) = try await start()
        let client = try client("rediss://\(host):\(port)/3?ca=\(certificates.authority)")
        let big = [UInt8](repeating: 7, count: 300_000)
        try await client.send(["SET", "big", .bytes(big)]).ok()
        #expect(try await client.send(["GET", "big"]).bytes() == big)
        let subscription = RedisSubscription(address: client.address, channels: ["news"], logger: .quiet)
        var events = subscription.makeAsyncIterator()
        #expect(await events.next() == .subscribed)
        _ = try await server.client().send(["PUBLISH", "news", "x"])
        #expect(await events.next() == .message(RedisMessage(channel: "news", payload: Array("x".utf8))))
        let reader = client.blockingReader()
        async let element = reader.pop(from: ["list"], timeout: .seconds(5))
        _ = try await client.send(["RPUSH", "list", "y"])
        #expect(try await element?.element == Array("y".utf8))
    }

    @Test func `a client comes back over TLS after the server's restart`() async throws {
        let (server, port) = try await start()
        let client = try client("rediss://localhost:\(port)?ca=\(certificates.authority)")
        _ = try await client.send(["PING"])
        try await server.kill9()
        try await eventually("the client has noticed") { client.connectionState != .connected }
        try await server.restart()
        try await eventually("the client is back") { (try? await client.send(["PING"])) != nil }
    }

    @Test func `a client certificate is shown where it is demanded, and missed with what to set`() async throws {
        let (server, port) = try await start(clientCertificates: true)
        let base = "rediss://localhost:\(port)?ca=\(certificates.authority)"
        let pair = certificates.client
        #expect(try await client(base + "&cert=\(pair.certificate)&key=\(pair.key)").send(["PING"]) == .simple("PONG"))
        #expect(try await sentence(base).contains("it demands a client certificate. Set cert= and key="))
        let strange = certificates.folder + "/stranger"
        let refused = try await sentence(base + "&cert=\(strange).pem&key=\(strange).key")
        #expect(refused.contains("does not trust our client certificate"))
        withExtendedLifetime(server) {}
    }

    @Test func `a certificate of an unknown authority is refused`() async throws {
        let (server, port) = try await start()
        let unknown =
            "Redis at localhost:\(port) cannot be reached over TLS: its certificate is not signed by an authority in "
        #expect(try await sentence("rediss://localhost:\(port)").hasPrefix(unknown + "the system's list"))
        let stranger = try await sentence("rediss://localhost:\(port)?ca=\(certificates.stranger)")
        #expect(stranger.hasPrefix(unknown + certificates.stranger))
        withExtendedLifetime(server) {}
    }

    @Test func `the certificate must name the host, or the name that is told`() async throws {
        let (server, port) = try await start(named: true)
        let base = "rediss://127.0.0.1:\(port)?ca=\(certificates.authority)"
        #expect(try await client(base + "&servername=redis.test").send(["PING"]) == .simple("PONG"))
        for (url, name) in [(base, "127.0.0.1"), (base + "&servername=other.test", "other.test")] {
            let text = try await sentence(url)
            #expect(text.contains("its certificate does not name '\(name)'. Use the host that it names"), "\(text)")
        }
        let address = try await sentence(base + "&servername=127.0.0.1")
        #expect(address.contains("'127.0.0.1' cannot be the name of a host. Correct servername="), "\(address)")
        withExtendedLifetime(server) {}
    }

    @Test func `TLS on one side only is told`() async throws {
        let (server, port) = try await start()
        let plain = try await sentence("rediss://127.0.0.1:\(server.port)?ca=\(certificates.authority)")
        #expect(plain.contains("perhaps because it wants redis:// without TLS"), "\(plain)")
        let encrypted = try await sentence("redis://127.0.0.1:\(port)")
        #expect(encrypted.contains("perhaps because it wants rediss://"), "\(encrypted)")
    }

    @Test func `a file that is missing, or holds something else, is named with its option`() async throws {
        let (server, port) = try await start()
        let base = "rediss://localhost:\(port)?ca="
        let missing = try await sentence(base + "/nowhere.pem")
        #expect(missing.contains("/nowhere.pem cannot be read: there is no such file. Correct ca="))
        let key = certificates.server.key
        #expect(try await sentence(base + key).contains("\(key) holds no PEM certificate. Correct ca="))
        let pair = certificates.client
        let rest = base + certificates.authority + "&cert=\(pair.certificate)&key="
        let none = try await sentence(rest + pair.certificate)
        #expect(none.contains("holds no PEM private key without a passphrase. Correct key="), "\(none)")
        let other = try await sentence(rest + key)
        #expect(other.contains("\(key) does not belong to the certificate in \(pair.certificate)"), "\(other)")
        withExtendedLifetime(server) {}
    }
}
