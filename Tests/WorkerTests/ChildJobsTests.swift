import JobQueue
import TestSupport
import Testing

@testable import Worker

/// Children, chains and batches of a job that succeeds.
@Suite struct ChildJobsTests {
    private func id(_ text: String = "a") throws -> JobID { try JobID(text) }

    private func link(_ kind: String, args: String = "{}", queue: String = "q") -> ChainLink {
        ChainLink(kind: kind, queue: queue, args: args)
    }

    private func child() throws -> NewJob { NewJob(kind: try JobKind("c"), queue: try QueueName("q")) }

    @Test func `the next link comes as a child with the rest of the chain`() throws {
        var options = JobOptions()
        options.chain = [link("b", args: "[1]"), link("c"), link("d")]
        options.depth = 4
        let output = try ChildJobs(of: id(), options).complete(JobOutput(children: [child()]))
        #expect(output.children.count == 2 && output.children.allSatisfy { $0.options.depth == 5 })
        let next = output.children[1]
        #expect((next.id?.description, next.kind.description, next.payload.bytes) == ("a:next", "b", Array("[1]".utf8)))
        #expect(next.options.chain == [link("c"), link("d")])
    }

    @Test func `the last link has no chain`() throws {
        var options = JobOptions()
        options.chain = [link("b")]
        #expect(try ChildJobs(of: id(), options).complete(JobOutput()).children.map(\.options.chain) == [nil])
    }

    @Test func `a chain goes on when the batch is over`() throws {
        var options = JobOptions()
        options.chain = [link("b"), link("c")]
        let childJobs = try ChildJobs(of: id(), options)
        let waiting = childJobs.complete(JobOutput(children: [try child()], batch: BatchPlan()))
        #expect(waiting.children.count == 1)
        #expect(waiting.batch?.followUp?.kind.description == "b")
        #expect(waiting.batch?.followUp?.options.chain == [link("c")])
        let followed = childJobs.complete(JobOutput(batch: BatchPlan(followUp: try child())))
        #expect(followed.batch?.followUp?.kind.description == "c")
        #expect(followed.batch?.followUp?.options.chain == options.chain)
        #expect(followed.batch?.followUp?.options.depth == 1)
    }

    @Test func `a job of depth 100 runs and its children are too deep`() throws {
        var options = JobOptions()
        options.depth = 100
        let output = try ChildJobs(of: id(), options).complete(JobOutput(children: [child()]))
        #expect(output.children[0].options.depth == 101)
        options.depth = 101
        #expect {
            try ChildJobs(of: id(), options)
        } throws: {
            if case JobStop.refuse("too-deep", _) = $0 { true } else { false }
        }
    }

    @Test(arguments: [
        ChainLink(kind: "", queue: "q"), ChainLink(kind: "k", queue: "a b"),
        ChainLink(kind: "k", queue: "q", args: "{"),
    ])
    func `a link that no queue takes is refused before anything is done`(_ link: ChainLink) throws {
        var options = JobOptions()
        options.chain = [link]
        #expect {
            try ChildJobs(of: id(), options)
        } throws: {
            if case JobStop.refuse("bad-chain", _) = $0 { true } else { false }
        }
    }

    @Test func `the ids of a long chain stay ids, differ, and are the same in every run`() throws {
        func ids() throws -> [JobID] {
            var ids = [try id(String(repeating: "x", count: 100))]
            for _ in 0..<99 {
                var options = JobOptions()
                options.chain = [link("k")]
                ids.append(
                    try #require(try ChildJobs(of: ids[ids.count - 1], options).complete(JobOutput()).children[0].id))
            }
            return ids
        }
        let first = try ids()
        #expect(Set(first).count == 100)
        #expect(try ids() == first)
    }

    @Test func `a chain runs link by link`() async throws {
        let bench = try await WorkerBench()
        let runs = Signal()
        let worker = bench.start { (payload: [Int], context) in
            runs.send("\(context.id.description.split(separator: ":").count) \(payload) \(context.options.depth ?? 0)")
            return JobOutput()
        }
        let id = try await bench.enqueue("[0]") {
            $0.options.chain = (1...3).map { ChainLink(kind: "k", queue: "q", args: "[\($0)]") }
        }
        let last = try await bench.wait(for: try id.child("next").child("next").child("next"), toBe: .succeeded)
        #expect(runs.all == ["1 [0] 0", "2 [1] 1", "3 [2] 2", "4 [3] 3"])
        #expect(JobOptions(text: last.envelope.options).parentID == "\(id):next:next")
        try await worker.stop()
    }

    @Test func `an endless chain of children ends`() async throws {
        let bench = try await WorkerBench()
        let worker = bench.start { (_: Nothing, context) in
            JobOutput(children: [
                NewJob(id: try JobID("j\((context.options.depth ?? 0) + 1)"), kind: bench.kind, queue: bench.queue)
            ])
        }
        _ = try await bench.enqueue()
        // No queue takes the child of depth 101.
        let last = try await bench.wait(for: try id("j100"), toBe: .dead)
        #expect(JobFailure(outcome: last.envelope.outcome)?.type == "bad-output")
        #expect(try await bench.inspector.counts(of: bench.queue).succeeded == 100)
        try await worker.stop()
    }
}
