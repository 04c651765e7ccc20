import Foundation
import Testing

@testable import Ledger

/// What tells one database from another.
struct IdentityTests {
    @Test func `an identity is made once, and a copy has the same`() async throws {
        let (one, other) = (try Scratch(), try Scratch())
        let ledger = try await one.open()
        let identity = try await ledger.identity()
        #expect(try await ledger.identity() == identity)
        try await ledger.close()
        let again = try await one.open()
        #expect(try await again.identity() == identity)
        try await again.close()
        try FileManager.default.copyItem(atPath: one.path, toPath: other.path)
        let copy = try await other.open()
        #expect(try await copy.identity() == identity)
        try await copy.close()
        let third = try Scratch()
        let stranger = try await third.open()
        #expect(try await stranger.identity() != identity)
        try await stranger.close()
    }
}
