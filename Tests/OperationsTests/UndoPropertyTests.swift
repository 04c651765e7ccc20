import Foundation
import Redis
import TestSupport
import Testing

@testable import JobQueue
@testable import Operations

/// What operators do and undo leaves the fleet as if they had done nothing, whatever they do and in whatever order.
///
/// Some sequences are walked; with `FLOTILLA_PROPERTIES=full` a thousand.
@Suite struct UndoPropertyTests {
    private static let isFull = ProcessInfo.processInfo.environment["FLOTILLA_PROPERTIES"] == "full"
    private static let mostActions = 12

    @Test(.timeLimit(.minutes(20)))
    func `after any actions and their undos all keys and rows are as without them`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "undo-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let redis = try await SharedServer.client()
        for seed in UInt64(0)..<(Self.isFull ? 1_000 : 60) {
            let world = try await UndoWorld(redis, folder: folder)
            try await walk(world, seed)
            try await world.close()
        }
    }

    private func walk(_ world: UndoWorld, _ seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        let before = try await world.image()
        var stack: [String] = []
        var story: [String] = []
        var known = try await world.operations()
        for _ in 0..<Int.random(in: 1...Self.mostActions, using: &random) {
            story.append(try await world.act(&random))
            let new = try await world.operations().subtracting(known)
            #expect(new.count <= 1, "seed \(seed): \(story)")
            known.formUnion(new)
            stack += new
            // Some are undone at once, and some of these are done again.
            for _ in 0..<2 where !stack.isEmpty && Int.random(in: 0..<3, using: &random) == 0 {
                let undoer = try await undo(stack.removeLast(), in: world, seed, &story)
                known.insert(undoer)
                if Bool.random(using: &random) { stack.append(try await undo(undoer, in: world, seed, &story)) }
                known.formUnion(stack)
            }
        }
        for operation in stack.reversed() { _ = try await undo(operation, in: world, seed, &story) }
        let after = try await world.image()
        let differences = Set(before).symmetricDifference(after)
        #expect(differences.isEmpty, "seed \(seed): \(story.joined(separator: "; "))")
        let audit = try await QueueAuditor(broker: world.broker).audit()
        #expect(audit.findings.isEmpty, "seed \(seed)")
    }

    private func undo(
        _ operation: String, in world: UndoWorld, _ seed: UInt64, _ story: inout [String]
    ) async throws -> String {
        let undo = world.fleet.undoing(world.operatorLedger)
        let found = try await undo.find(operation)
        story.append("undo \(found.entries.first?.action ?? "nothing")")
        do {
            return try #require(try await undo.undo(found).id)
        } catch {
            Issue.record("seed \(seed): \(story.joined(separator: "; ")): \(error)")
            throw error
        }
    }
}
