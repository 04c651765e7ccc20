import Foundation
import ProgramSupport
import Redis
import TestSupport
import Testing

extension EndToEnd {
    /// What no worker could do is refused where it is asked for, in words of the one who asks.
    @Suite(.serialized) struct EnqueueCheckTests {
        private static let schedule = """
            version: 1
            queues: { evaluation: , test: }
            pools: { all: { queues: [evaluation, test], processes: 1, concurrency: 2, grace: 1s } }

            """

        @Test func `a queue that nobody serves is refused, with the one that was meant`() async throws {
            try await withRedis(schedule: Self.schedule) { sandbox, server in
                let words = ["enqueue", "evaluation", "--args", #"{"bot_id": 1}"#, "--queue"]
                let typo = try await sandbox.run(words + ["evalution"])
                #expect(typo.status == 5 && typo.complaint.contains("Did you mean 'evaluation'?"), "\(typo)")
                #expect(typo.complaint.contains("--new-queue") && typo.output.isEmpty, "\(typo)")
                #expect(try await server.client().send(["DBSIZE"]).int() == 0)
                let meant = try await sandbox.run(words + ["evalution", "--new-queue", "--id", "new"])
                #expect(meant.status == 0 && meant.output == "new\n", "\(meant)")
                #expect(meant.complaint.contains("serves queue 'evalution'"), "\(meant)")
                #expect(try await sandbox.run(words + ["evaluation"]).status == 0)
                // A live worker serves it now.
                _ = try sandbox.start(["worker", "--queues", "evalution,more"])
                try await eventually("the worker is known", within: .seconds(30), every: .milliseconds(100)) {
                    try await !sandbox.json("status")["workers"].array.isEmpty
                }
                #expect(try await sandbox.run(words + ["more"]).status == 0)
            }
        }

        @Test(arguments: [
            (["evaluation", "--args", "7"], "the arguments are the number 7. Use an object with: bot_id, scoring."),
            (["evaluation"], "'bot_id' is missing. Use a whole number from 1, such as 7."),
            (["evaluation", "--args", #"{"bot": 7}"#], "there is no argument 'bot'."),
            (["evaluation", "--args", #"{"bot_id": "7"}"#], "'bot_id' is '7'. Use a whole number"),
            (["cache-refresh", "--args", #"{"what": "bogus"}"#], "'what' is 'bogus'. Use one of: quotes, "),
            (["cache-refresh", "--args", #"{"waht": "quotes"}"#], "Did you mean 'what'?"),
            (["rebalance", "--args", #"{"gross_exposure": 0.5}"#], "'gross_exposure' is the number 0.5. Use 0 to 0.9"),
            (["execution"], "'side' is missing. Use BUY or SELL."),
            (["execution", "--args", #"{"bot_id": 1, "side": "HOLD"}"#], "'side' is 'HOLD'. Use one of: BUY, SELL."),
            (["flotilla.test.sleep", "--args", #"{"seconds": "x"}"#], "'seconds' is 'x'. Use a number from 0 to 86400"),
            (
                ["evaluation", "--args", #"{"bot_id": 1}"#, "--chain", "cache-refresh:7"],
                "do not fit kind 'cache-refresh'"
            ),
        ] as [([String], String)])
        func `arguments that do not fit are refused at once`(_ words: [String], _ message: String) async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, server in
                let outcome = try await sandbox.run(["enqueue"] + words)
                #expect(outcome.status == 2 && outcome.complaint.contains(message), "\(outcome)")
                #expect(outcome.complaint.hasPrefix("The arguments do not fit kind '"), "\(outcome)")
                #expect(try await server.client().send(["DBSIZE"]).int() == 0)
            }
        }

        @Test func `an entry with such arguments is a mistake of the file`() async throws {
            let text = Self.schedule + "schedules:\n  a: { job: evaluation, every: 1m, args: { bot_id: x } }\n"
            try await withSandbox(schedule: text) { sandbox in
                let check = try await sandbox.run("schedule", "check")
                #expect(check.status == 2, "\(check)")
                #expect(check.complaint.contains("schedules.yaml:5:52: arguments of kind evaluation: 'bot_id' is 'x'."))
            }
        }

        /// Of an older program, or of another producer: the worker says the same.
        @Test func `a job with such arguments dies with the same words`() async throws {
            try await withRedis(schedule: Self.schedule) { sandbox, server in
                let redis = server.client()
                try await sandbox.run("enqueue", "evaluation", "--args", #"{"bot_id": 1}"#, "--id", "old")
                let key = "flotilla:1:{evaluation}:jobs"
                let record = try await redis.send(["HGET", .text(key), "old"]).string()
                let older = record.replacing(#"{"bot_id": 1}"#, with: "7")
                _ = try await redis.send(["HSET", .text(key), "old", .text(older)])
                _ = try sandbox.start(["worker", "--pool", "all"])
                try await eventually("it is dead", within: .seconds(30), every: .milliseconds(100)) {
                    try await sandbox.json("jobs", "show", "old")["state"].text == "dead"
                }
                let error = try await sandbox.json("jobs", "show", "old")["error"]
                #expect(error["type"].text == "bad-arguments", "\(error)")
                #expect(error["message"].text.contains("the arguments are the number 7. Use an object"), "\(error)")
            }
        }
    }
}
