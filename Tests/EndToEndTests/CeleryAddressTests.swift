import ArgumentParser
import Redis
import Testing

@testable import flotilla

/// Where the broker and the results of Celery are, by the settings.
struct CeleryAddressTests {
    private func settings(_ environment: [String: String]) throws -> Settings {
        try Settings(CommonOptions.parse([]), environment: environment)
    }

    private let fleet = "redis://127.0.0.1:6400/2"

    @Test func `broker and results are the fleet's own database unless told`() throws {
        let settings = try settings(["REDIS_URL": fleet])
        #expect(try settings.celeryBroker() == RedisAddress(fleet))
        let results = try settings.celeryResults()
        #expect(try results.address == RedisAddress(fleet) && results.isSameServer)
    }

    @Test func `results are with the broker unless told`() throws {
        let settings = try settings(["REDIS_URL": fleet, "CELERY_BROKER_URL": "redis://localhost:6400/5"])
        #expect(try settings.celeryBroker().database == 5)
        #expect(try settings.celeryResults().address.database == 5 && settings.celeryResults().isSameServer)
    }

    @Test(arguments: [
        ("redis://:x@LOCALHOST:6400/1", true), ("redis://127.0.0.1:6401/0", false), ("redis://h/1", false),
    ])
    func `results may be elsewhere`(_ url: String, _ isSame: Bool) throws {
        let settings = try settings(["REDIS_URL": fleet, "CELERY_RESULT_BACKEND": url])
        #expect(try settings.celeryBroker() == RedisAddress(fleet))
        #expect(try settings.celeryResults().isSameServer == isSame)
        #expect(try settings.celeryResults().address == RedisAddress(url))
    }

    @Test(arguments: ["redis://127.0.0.1:6401/2", "redis://other:6400/2", "unix:///run/redis.sock?db=2"])
    func `a broker on another server is refused`(_ url: String) throws {
        let settings = try settings(["REDIS_URL": fleet, "CELERY_BROKER_URL": url])
        #expect {
            try settings.celeryBroker()
        } throws: { error in
            "\(error)".contains("The broker has to be a database of the Redis that the fleet uses: CELERY_BROKER_URL")
        }
    }

    @Test(arguments: [
        ("redis://", "redis://localhost:6379/0"), ("redis:///3", "redis://localhost:6379/3"),
        ("redis://:6380/3", "redis://localhost:6380/3"), ("redis://:a%3Fb@:6380/3", "redis://:a%3Fb@localhost:6380/3"),
        ("redis+socket:///run/r.sock?virtual_host=4", "unix:///run/r.sock?db=4"),
        (
            "rediss://h:1/0?ssl_cert_reqs=required&ssl_ca_certs=/ca.pem&ssl_certfile=/c&ssl_keyfile=/k",
            "rediss://h:1/0?ca=/ca.pem&cert=/c&key=/k"
        ),
        ("rediss://h:1/0?ssl_cert_reqs=none", "rediss://h:1/0"), ("redis://:p?q@h:1/0", "redis://:p?q@h:1/0"),
    ])
    func `addresses are read as Celery writes them`(_ url: String, _ same: String) throws {
        #expect(try RedisAddress(celery: url) == RedisAddress(same))
    }
}
