import Foundation

/// The longer answers about one node: `stats`, `active_queues` and `report`.
struct NodeReport {
    let node: CeleryNode

    init(_ node: CeleryNode) { self.node = node }

    /// What Flower shows of a worker.
    var stats: WireValue {
        let totals = node.running.totals.map { (name: $0.name, value: Self.number($0.count)) }
        return ControlPanel.object([
            ("total", .object(WireObject(totals))), ("pid", Self.number(node.profile.pid)),
            ("clock", .text(String(node.clock.value))),
            ("uptime", Self.number(Int(max(0, node.now() - node.startedAt) / 1000))), ("pool", pool),
            ("broker", broker),
            // Nothing is fetched ahead: a message is taken for a free slot.
            ("prefetch_count", Self.number(node.profile.slots)), ("rusage", Self.usage),
        ])
    }

    private var pool: WireValue {
        let writes: [(name: String, value: WireValue)] = [
            ("total", Self.number(node.running.started)), ("avg", .text("1.00")), ("all", .text("1.00")),
            ("raw", .text(String(node.running.started))), ("strategy", .text("fair")),
            ("inqueues", ControlPanel.object([("total", Self.number(1)), ("active", Self.number(0))])),
        ]
        return ControlPanel.object([
            ("implementation", .text("flotilla.Worker")), ("max-concurrency", Self.number(node.profile.slots)),
            ("processes", .list([Self.number(node.profile.pid)])), ("max-tasks-per-child", .text("N/A")),
            ("put-guarded-by-semaphore", .bool(false)), ("timeouts", .list([Self.number(0), Self.number(0)])),
            ("writes", ControlPanel.object(writes)),
        ])
    }

    private var broker: WireValue {
        let place = node.profile.broker
        return ControlPanel.object([
            ("hostname", .text(place.host)), ("userid", .null), ("virtual_host", .text(String(place.database))),
            ("port", Self.number(place.port)), ("insist", .bool(false)), ("ssl", .bool(false)),
            ("transport", .text("redis")), ("connect_timeout", Self.number(4)),
            ("transport_options", ControlPanel.object([])), ("login_method", .null), ("uri_prefix", .null),
            ("heartbeat", .number(String(EventSender.frequency))), ("failover_strategy", .text("round-robin")),
            ("alternates", .list([])), ("credential_provider", .null),
        ])
    }

    private static var usage: WireValue {
        var usage = rusage()
        guard getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return ControlPanel.object([]) }
        let counts: [(name: String, value: Int)] = [
            ("maxrss", usage.ru_maxrss), ("ixrss", usage.ru_ixrss), ("idrss", usage.ru_idrss),
            ("isrss", usage.ru_isrss), ("minflt", usage.ru_minflt), ("majflt", usage.ru_majflt),
            ("nswap", usage.ru_nswap), ("inblock", usage.ru_inblock), ("oublock", usage.ru_oublock),
            ("msgsnd", usage.ru_msgsnd), ("msgrcv", usage.ru_msgrcv), ("nsignals", usage.ru_nsignals),
            ("nvcsw", usage.ru_nvcsw), ("nivcsw", usage.ru_nivcsw),
        ]
        let times = [("utime", usage.ru_utime), ("stime", usage.ru_stime)].map { name, time in
            (name: name, value: WireValue.number(String(Double(time.tv_sec) + Double(time.tv_usec) / 1_000_000)))
        }
        return ControlPanel.object(times + counts.map { ($0.name, number($0.value)) })
    }

    /// The queues as kombu describes its own: each with a direct exchange of its name.
    var queues: WireValue {
        .list(
            node.queues.all.map { name in
                let exchange: [(name: String, value: WireValue)] = [
                    ("name", .text(name)), ("type", .text("direct")), ("arguments", .null), ("durable", .bool(true)),
                    ("passive", .bool(false)), ("auto_delete", .bool(false)), ("delivery_mode", .null),
                    ("no_declare", .bool(false)),
                ]
                let absent = [
                    "no_declare", "expires", "message_ttl", "max_length", "max_length_bytes", "max_priority",
                ].map { (name: $0, value: WireValue.null) }
                return ControlPanel.object(
                    [
                        ("name", .text(name)), ("exchange", ControlPanel.object(exchange)),
                        ("routing_key", .text(name)), ("queue_arguments", .null), ("binding_arguments", .null),
                        ("consumer_arguments", .null), ("durable", .bool(true)), ("exclusive", .bool(false)),
                        ("auto_delete", .bool(false)), ("no_ack", .bool(false)), ("alias", .null),
                        ("bindings", .list([])),
                    ] + absent)
            })
    }

    /// The text of `inspect report`.
    var text: String {
        let settings = node.profile.configuration
        let lines = settings.members.map { "\($0.name): \($0.value.repr(atMost: 1000))" }
        let results = settings["result_backend"]?.string ?? "none"
        return """

            software -> flotilla:\(node.profile.version)
            platform -> system:Linux
            settings -> transport:redis results:\(results)

            \(lines.joined(separator: "\n"))

            """
    }

    private static func number(_ number: Int) -> WireValue { .number(String(number)) }
}
