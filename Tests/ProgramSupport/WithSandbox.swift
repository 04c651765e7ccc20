import Foundation
package import TestSupport

/// Says what the programs had logged when a test could not go on.
package struct SandboxFailure: Error, CustomStringConvertible {
    let cause: any Error
    let logs: String

    package init(cause: any Error, logs: String) {
        self.cause = cause
        self.logs = logs
    }

    package var description: String { "\(cause)\n\(logs)" }
}

/// Runs a body with a folder of its own; nothing that was started in the folder outlives the call.
/// - Parameters:
///   - schedule: what `schedules.yaml` holds; nil for none.
///   - environment: all that the programs see, besides PATH.
package func withSandbox(
    schedule: String? = nil, environment: [String: String] = [:], _ body: (Sandbox) async throws -> Void
) async throws {
    let sandbox = try Sandbox(program: await BuiltProgram.path(), environment: environment, schedule: schedule)
    do {
        try await body(sandbox)
    } catch {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: sandbox.folder)) ?? []).sorted()
        let logs = names.filter { $0.hasSuffix(".err") }.map { name in "\(name):\n\(sandbox.read(name).suffix(3_000))" }
        await sandbox.close()
        throw SandboxFailure(cause: error, logs: logs.filter { $0.count > 16 }.suffix(6).joined(separator: "\n"))
    }
    await sandbox.close()
}

/// The same with a redis-server of its own, whose address is in REDIS_URL.
package func withRedis(
    _ options: TemporaryRedis.Options = .init(), schedule: String? = nil, environment: [String: String] = [:],
    _ body: (Sandbox, TemporaryRedis) async throws -> Void
) async throws {
    let redis = try await TemporaryRedis.start(options)
    let all = ["REDIS_URL": redis.url].merging(environment) { $1 }
    try await withSandbox(schedule: schedule, environment: all) { sandbox in try await body(sandbox, redis) }
    try await redis.stop()
}
