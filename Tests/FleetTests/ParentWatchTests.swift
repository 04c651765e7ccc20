import Glibc
import Testing

@testable import Fleet

@Suite(.timeLimit(.minutes(1)))
struct ParentWatchTests {
    @Test func `a watching process is told once when its parent is gone`() async throws {
        let lifeline = try Lifeline()
        let (news, gone) = AsyncStream.makeStream(of: Void.self)
        let environment = [ParentWatch.variable: String(dup(lifeline.readEnd))]
        let watch = try ParentWatch(environment: environment) { gone.yield() }
        lifeline.cut()
        var iterator = news.makeAsyncIterator()
        #expect(await iterator.next() != nil)
        withExtendedLifetime(watch) {}
    }

    @Test func `a parent that was gone before the watch began is noticed`() async throws {
        let lifeline = try Lifeline()
        lifeline.cut()
        let (news, gone) = AsyncStream.makeStream(of: Void.self)
        let environment = [ParentWatch.variable: String(dup(lifeline.readEnd))]
        let watch = try ParentWatch(environment: environment) { gone.yield() }
        var iterator = news.makeAsyncIterator()
        #expect(await iterator.next() != nil)
        withExtendedLifetime(watch) {}
    }

    @Test func `a process that no fleet started has nothing to watch`() throws {
        let watch = try ParentWatch(environment: [:]) {}
        #expect(watch == nil)
    }

    @Test(arguments: ["", "three", "-1", "100000"])
    func `a variable that names no open descriptor is refused`(value: String) {
        #expect(throws: FleetError.badParentDescriptor(value: value)) {
            try ParentWatch(environment: [ParentWatch.variable: value]) {}
        }
    }
}
