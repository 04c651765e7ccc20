public import JobQueue

/// What is wrong with an installation: `doctor`.
public struct DoctorDocument: Encodable, Sendable {
    let healthy: Bool
    let checks: [CheckDocument]
    @OrNull var audit: AuditDocument?

    /// - Parameters:
    ///   - healthy: whether no check failed.
    ///   - audit: nil unless it was asked for.
    public init(healthy: Bool, checks: [CheckDocument], audit: AuditReport?) {
        self.healthy = healthy
        self.checks = checks
        self.audit = audit.map { AuditDocument($0) }
    }
}

/// One thing that was looked at.
public struct CheckDocument: Encodable, Sendable {
    let name, level, seen, remedy: String

    /// - Parameters:
    ///   - level: `ok`, `warn` or `fail`.
    ///   - remedy: what to do; empty when nothing is to be done.
    public init(name: String, level: String, seen: String, remedy: String) {
        self.name = name
        self.level = level
        self.seen = seen
        self.remedy = remedy
    }
}

/// The count of every job from the keys in Redis.
struct AuditDocument: Encodable, Sendable {
    let queues, jobs, moved, omitted: Int
    let untold: [String]
    let findings: [Finding]

    init(_ report: AuditReport) {
        queues = report.queues
        jobs = report.jobs
        moved = report.moved
        omitted = report.omitted
        untold = report.untold
        findings = report.findings.map { Finding($0) }
    }

    struct Finding: Encodable, Sendable {
        let rule: String
        @OrNull var queue: String?
        @OrNull var id: String?
        let seen, remedy: String

        init(_ finding: AuditFinding) {
            rule = finding.rule.rawValue
            queue = finding.queue
            id = finding.id
            seen = finding.seen
            remedy = finding.remedy
        }
    }
}
