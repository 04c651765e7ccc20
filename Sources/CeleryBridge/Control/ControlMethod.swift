/// The control requests that a node knows, by Celery's names.
enum ControlMethod: String, CaseIterable {
    case ping, active, reserved, scheduled, registered, stats, conf, report, revoked, clock, hello, heartbeat, election
    case activeQueues = "active_queues"
    case queryTask = "query_task"
    case enableEvents = "enable_events"
    case disableEvents = "disable_events"
    case revoke, terminate, autoscale, shutdown
    case revokeStamps = "revoke_by_stamped_headers"
    case rateLimit = "rate_limit"
    case timeLimit = "time_limit"
    case poolGrow = "pool_grow"
    case poolShrink = "pool_shrink"
    case poolRestart = "pool_restart"
    case addConsumer = "add_consumer"
    case cancelConsumer = "cancel_consumer"

    /// Names of older clients.
    private static let aliases: [String: ControlMethod] = [
        "dump_conf": .conf, "dump_schedule": .scheduled, "dump_reserved": .reserved, "dump_active": .active,
        "dump_revoked": .revoked, "dump_tasks": .registered,
    ]

    /// nil for a name that no node knows.
    init?(name: String) {
        guard let method = ControlMethod(rawValue: name) ?? Self.aliases[name] else { return nil }
        self = method
    }

    /// Whether the request is answered where control is read-only. Monitors need events and heartbeats to see anything;
    /// both change nothing that runs.
    var isRead: Bool {
        switch self {
        case .ping, .active, .reserved, .scheduled, .registered, .stats, .conf, .report, .revoked, .clock, .hello,
            .heartbeat, .election, .activeQueues, .queryTask, .enableEvents:
            true
        case .disableEvents, .revoke, .terminate, .autoscale, .shutdown, .revokeStamps, .rateLimit, .timeLimit,
            .poolGrow, .poolShrink, .poolRestart, .addConsumer, .cancelConsumer:
            false
        }
    }

    /// Whether the request goes into the operator log: what changes which tasks run, and where.
    var isNoted: Bool { !isRead && self != .disableEvents && self != .poolRestart }
}
