import Documents
import Foundation
import Ledger

/// What has gone wrong, and that somebody has seen it.
struct SystemErrorEndpoints: Sendable {
    private let dependencies: DashboardDependencies

    init(_ dependencies: DashboardDependencies) { self.dependencies = dependencies }

    private var errors: ActiveErrors { ActiveErrors(dependencies) }
    private static let day = 24
    private static let mostHours = 24 * 366

    var all: [Endpoint] {
        [
            Endpoint(
                .get, "/api/v1/system-errors/errors", "Errors of bots and jobs, newest first.",
                [
                    .query("include_resolved", .flag, standard: "true"),
                    .query("last_hours", .integer, standard: "\(Self.day)"),
                ]
            ) { call in
                let errors = try await errors.all(since: begin(hours: call.integer("last_hours")))
                let all = call.flag("include_resolved")
                return .document(errors.filter { all || !$0.isResolved }.map { SystemErrorDocument($0) })
            },
            Endpoint(.get, "/api/v1/system-errors/health", "Whether there are errors that nobody has dismissed.") { _ in
                let errors = try await errors.all(since: begin(hours: Self.day))
                return .document(
                    ErrorHealthDocument(
                        active: errors.count { !$0.isResolved }, total: errors.count, checked: dependencies.now()))
            },
            Endpoint(
                .post, "/api/v1/system-errors/errors/{error_id}/resolve", "Dismisses an error.",
                [.path("error_id", .text)]
            ) { call in
                let id = call.text("error_id") ?? ""
                guard let error = try await errors.resolve(id) else { throw DashboardError.notFound("Error not found") }
                if !error.isResolved {
                    await dependencies.operatorLog.note(
                        "error.resolve", "error \(id)", about: "errors", before: SystemErrorDocument(error),
                        after: "resolved")
                }
                return .document(BotMessageDocument("Error marked as resolved"))
            },
        ]
    }

    private func begin(hours: Int) -> Date {
        dependencies.now().addingTimeInterval(-3_600 * Double(min(max(hours, 0), Self.mostHours)))
    }
}

extension Endpoint {
    /// See `SystemErrorEndpoints`.
    static func systemErrors(_ dependencies: DashboardDependencies) -> [Endpoint] {
        SystemErrorEndpoints(dependencies).all
    }
}

extension SystemErrorDocument {
    init(_ error: ReportedError) {
        self.init(
            id: error.id, bot: error.botID.map { (id: $0, name: error.botName) },
            // The old backend's word for a bot whose settings are refused.
            type: error.type == "InvalidConfiguration" ? "configuration" : error.type, message: error.message,
            details: Self.details(of: error), at: error.at, resolved: error.isResolved)
    }

    private static func details(of error: ReportedError) -> RawJSON? {
        if let context = error.context, !context.isEmpty { return RawJSON(context) }
        guard error.pair != nil || error.signalConfig != nil else { return nil }
        return RawJSON(
            JSONText.of(
                BotDetails(signalConfig: error.signalConfig ?? "", pair: error.pair ?? "", at: error.at)))
    }
}
