import Redis
import Testing

@Suite struct RedisAddressTests {
    @Test(arguments: [
        ("redis://localhost", RedisAddress(endpoint: .tcp(host: "localhost", port: 6379))),
        ("redis://localhost:7000/", RedisAddress(endpoint: .tcp(host: "localhost", port: 7000))),
        ("REDIS://10.0.0.1:6380/12", RedisAddress(endpoint: .tcp(host: "10.0.0.1", port: 6380), database: 12)),
        ("redis://[::1]:6380/1", RedisAddress(endpoint: .tcp(host: "::1", port: 6380), database: 1)),
        ("redis://[::1]", RedisAddress(endpoint: .tcp(host: "::1", port: 6379))),
        ("redis://:secret@host/2", .init(endpoint: .tcp(host: "host", port: 6379), password: "secret", database: 2)),
        (
            "redis://ann:s%3Aec%20ret@host",
            .init(endpoint: .tcp(host: "host", port: 6379), user: "ann", password: "s:ec ret")
        ),
        ("redis://:a/b?c@d:e@host:1/0", .init(endpoint: .tcp(host: "host", port: 1), password: "a/b?c@d:e")),
        ("redis://:@host", RedisAddress(endpoint: .tcp(host: "host", port: 6379))),
        ("unix:///run/redis.sock", RedisAddress(endpoint: .unixSocket(path: "/run/redis.sock"))),
        ("rediss://host", RedisAddress(endpoint: .tcp(host: "host", port: 6379), tls: RedisTLS())),
        (
            "rediss://ann:s@host:1/2?ca=/a%20b.pem&cert=c.pem&key=k.pem&servername=redis",
            .init(
                endpoint: .tcp(host: "host", port: 1), user: "ann", password: "s", database: 2,
                tls: RedisTLS(authorities: "/a b.pem", certificate: "c.pem", key: "k.pem", serverName: "redis"))
        ),
        (
            "redis+sentinel://ann:s@a:1,[::1]:2,c/main/3?sentinel_password=t",
            .init(
                endpoint: .sentinels(
                    [.init(name: "a", port: 1), .init(name: "::1", port: 2), .init(name: "c", port: 26379)],
                    primary: "main"),
                user: "ann", password: "s", database: 3, sentinelPassword: "t")
        ),
        (
            "redis+sentinel://a/main",
            RedisAddress(endpoint: .sentinels([.init(name: "a", port: 26379)], primary: "main"))
        ),
        (
            "unix:///run/my%20redis?db=3&user=ann&password=p%26w",
            .init(endpoint: .unixSocket(path: "/run/my redis"), user: "ann", password: "p&w", database: 3)
        ),
    ])
    func `a good URL is read`(_ url: String, _ expected: RedisAddress) throws {
        #expect(try RedisAddress(url) == expected)
    }

    @Test(arguments: [
        ("", "scheme"), ("localhost:6379", "scheme"), ("http://host", "scheme"), ("redis://", "host"),
        ("redis://:6379", "host"),
        ("redis://host:0", "port"), ("redis://host:65536", "port"), ("redis://host:", "port"),
        ("redis://host:six", "port"), ("redis://[::1]x", "port"), ("redis://host/x", "database"),
        ("redis://host/-1", "database"), ("redis://host/0/1", "database"), ("redis://host/0?ssl=1", "options"),
        ("redis://ann@host", "user:password"), ("redis://:%zz@host", "%25"), ("redis://:%ff@host", "%25"),
        ("unix://run/redis.sock", "absolute"), ("unix:///", "absolute"), ("unix:///run?db=x", "database"),
        ("unix:///run?tls=1", "options"), ("unix:///run?db", "options"),
        ("rediss://host?cert=a", "each other"), ("rediss://host?verify=no", "options ca, cert"),
        ("rediss://host?ca=", "options ca, cert"), ("redis+sentinel://host:1", "name"),
        ("redis+sentinel://host:1/", "name"), ("redis+sentinel:///main", "host"),
        ("redis+sentinel://a,,b/main", "host"), ("redis+sentinel://a:x/main", "port"),
        ("redis+sentinel://a/main/x", "database"), ("redis+sentinel://a/main?db=1", "sentinel_password"),
    ])
    func `a bad URL is refused with what would be right`(_ url: String, _ hint: String) {
        #expect {
            try RedisAddress(url)
        } throws: { error in
            let text = "\(error)"
            return text.contains(hint) && text.hasSuffix(".") && !text.contains("\n")
        }
    }

    @Test(arguments: [
        "redis://:hush@host:0", "redis://ann:hush@host/x", "redis://:hush%zz@host", "redis://:hush", "hush@host",
        "http://:hush@host", "unix:///run?password=hush&tls=1", "redis://:hu/sh@hush:hush@host:99999",
        "rediss://:hush@host?x=1", "redis+sentinel://:hush@host", "redis+sentinel://h:1,i:2/?sentinel_password=hush",
    ])
    func `no error shows the password`(_ url: String) {
        #expect {
            try RedisAddress(url)
        } throws: {
            !"\($0)".contains("hush")
        }
    }

    @Test func `an address shows everything but the password`() throws {
        #expect("\(try RedisAddress("redis://ann:hush@host:1/2"))" == "redis://ann:***@host:1/2")
        #expect("\(try RedisAddress("redis://[::1]:1/2"))" == "redis://[::1]:1/2")
        let socket = try RedisAddress("unix:///run/r.sock?password=hush")
        #expect("\(socket)" == "unix:///run/r.sock?db=0&password=***")
        #expect(String(reflecting: socket) == "\(socket)")
        let encrypted = try RedisAddress("rediss://:hush@host?ca=/ca.pem")
        #expect("\(encrypted)" == "rediss://:***@host:6379/0?ca=/ca.pem")
        let sentinels = try RedisAddress("redis+sentinel://:hush@a:1,b:2/main?sentinel_password=hush")
        #expect("\(sentinels)" == "redis+sentinel://:***@a:1,b:2/main/0?sentinel_password=***")
    }

    @Test(arguments: ["rediss+sentinel", "redis+cluster"])
    func `a scheme this version does not speak is named with what to use instead`(_ scheme: String) {
        #expect {
            try RedisAddress("\(scheme)://host:1/0")
        } throws: { error in
            let text = "\(error)"
            return text.contains("\(scheme)://") && text.contains("use")
        }
    }
}
