import Foundation
import Redis
import Testing

@testable import JobQueue

/// The header of a script is its contract: it is compared with what the script does.
@Suite struct ScriptHeaderTests {
    private static let scripts = [
        Scripts.enqueue, Scripts.tick, Scripts.setLastRun, Scripts.raiseEpoch, Scripts.lead, Scripts.resign,
        Scripts.storeSchedule, Scripts.activeVersion, Scripts.pauseEntry, Scripts.renameEntry, Scripts.correctLastTick,
        Scripts.dateSchedule, Scripts.takeMaintenance,
        Scripts.join, Scripts.fetch, Scripts.extendLease, Scripts.leave, Scripts.acknowledge, Scripts.retry,
        Scripts.postpone, Scripts.deadLetter, Scripts.promoteDue,
        Scripts.rescueExpired, Scripts.resolveMissing, Scripts.clampLeases, Scripts.mendDue, Scripts.cancel,
        Scripts.requeueDead,
        Scripts.discardDead,
        Scripts.sweepFinished, Scripts.pause, Scripts.takeTokens, Scripts.purge, Scripts.park, Scripts.checkpoint,
        Scripts.completeBatch, Scripts.dropCompletions, Scripts.admitHeld, Scripts.replaceDead, Scripts.configureQueue,
        Scripts.trimDead, Scripts.forgetFinished, Scripts.sendCanary, Scripts.settleCanary,
        Scripts.giveBackTokens, Scripts.closeBucket, Scripts.setLimit, Scripts.deleteSetting,
        Scripts.addFuse, Scripts.removeFuse, Scripts.releaseFused, Scripts.readGate, Scripts.halt, Scripts.resumeOrders,
        Scripts.holdOrders, Scripts.noteReconciliation,
        Scripts.restoreSetting, Scripts.restoreJobs, Scripts.sweepBin, Scripts.bulkStep, Scripts.bulkAbort,
        Scripts.circuitAdmit, Scripts.circuitFail, Scripts.circuitSucceed, Scripts.circuitGiveBack, Scripts.circuitOpen,
        Scripts.takeMessages, Scripts.countMessages,
        Scripts.heartbeatHost, Scripts.scale, Scripts.rollFleet, Scripts.orderWorker,
    ]

    private func numbers(of name: String, in text: String) -> Set<Int> {
        Set(
            text.split(separator: "\(name)[").dropFirst(text.hasPrefix("\(name)[") ? 0 : 1).compactMap { rest in
                Int(rest.prefix { $0.isNumber })
            })
    }

    @Test(arguments: scripts.map(\.name))
    func `a header names every key and argument once in order`(_ name: String) throws {
        let script = try #require(Self.scripts.first { $0.name == name })
        // queue.lua, which is put before many of them, ends with a blank line.
        let source = script.source.components(separatedBy: "\n\n-- \(name).lua: ").last ?? ""
        let own = script.source.hasPrefix("-- \(name).lua: ") ? source : "-- \(name).lua: " + source
        let lines = own.split(separator: "\n", omittingEmptySubsequences: false)
        let header = lines.prefix { $0.hasPrefix("--") }
        let body = lines.dropFirst(header.count).joined(separator: "\n")
        #expect(header.first?.hasPrefix("-- \(name).lua: ") == true)
        for part in ["KEYS", "ARGV"] {
            let listed = header.filter { $0.hasPrefix("-- \(part)[") }.flatMap { line -> [Int] in
                guard let first = numbers(of: part, in: String(line)).first else { return [] }
                // "KEYS[1...13]" stands for all of them.
                let last = line.split(separator: "]").first.flatMap { Int($0.split(separator: ".").last ?? "") }
                return Array(first...max(first, last ?? first))
            }
            #expect(listed == Array(1..<1 + listed.count), "\(part) are listed from 1 on")
            let used = numbers(of: part, in: body)
            // "then two values for each" leaves the number of arguments open.
            let isOpen = header.contains { line in
                line.hasPrefix("-- \(part)[") && (line.contains("then ") || line.contains("...]"))
            }
            #expect(isOpen || used.isSubset(of: listed), "\(part) used: \(used.sorted()), listed: \(listed)")
        }
        for word in ["-- Returns  ", "-- Cost     ", "-- Atomic "] {
            #expect(header.contains { $0.hasPrefix(word) }, "\(word)")
        }
    }

    @Test(arguments: scripts.map(\.name))
    func `a script takes time and chance from its caller and never searches all keys`(_ name: String) throws {
        let script = try #require(Self.scripts.first { $0.name == name })
        for banned in ["'TIME'", "math.random", "'KEYS'", "'SCAN'", "'FLUSHDB'"] {
            #expect(!script.source.contains(banned), "\(banned)")
        }
    }
}
