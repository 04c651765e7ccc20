import JobQueue
import TestJobs
import Testing

@testable import Jobs

/// Each kind says what its arguments are.
struct JobCatalogTests {
    @Test func `every kind but those that take anything refuses a number and an unknown name`() {
        let free = ["flotilla.test.echo", "flotilla.test.noop"]
        for kind in JobCatalog.kinds + TestJobCatalog.kinds where !free.contains(kind.name) {
            #expect(!kind.arguments.problems(in: Array("7".utf8)).isEmpty, "\(kind.name)")
            #expect(
                kind.arguments.problems(in: Array(#"{"nonsense": 1}"#.utf8)).contains { $0.field == "nonsense" },
                "\(kind.name)")
            #expect(!kind.arguments.names.isEmpty)
        }
    }
}
