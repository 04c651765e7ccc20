import Foundation
import ProgramSupport
import TestSupport
import Testing

extension EndToEnd {
    /// The names and the order of the fields of public documents, as programs and people that read them know them.
    @Suite(.serialized) struct FieldOrderTests {
        private static let schedule = """
            version: 1
            limits: { coinbase: { rate: 10/s, burst: 10, reserve: { test: 4 } } }
            circuits: { coinbase: { failures: 5, window: 1m, open: 30s } }
            queues: { test: { limit: coinbase, circuit: coinbase, timeout: 1m, retry: { attempts: 3, base: 100ms } } }
            pools: { all: { queues: [test], processes: 1, concurrency: 8, grace: 5s } }
            schedules:
              pulse: { job: flotilla.test.noop, every: 1h }
              berlin: { job: flotilla.test.noop, cron: "30 2 29 3 *", timezone: Europe/Berlin }

            """
        private static let hold = "{cause,name,count,since,until,reason}"
        private static let event = "{at,event,attempt,worker,detail}"
        private static let limit = "{name,rate,burst,available,set,closed_ms}"
        private static let circuit = "{name,state,since,until,openings,by_hand,reason,failures{}}"

        private static func job(args: String = "{}", error: String = "", result: String = "", holds: String) -> String {
            "{id,kind,queue,state,priority,args\(args),attempt,max_attempts,enqueued_at,run_at,started_at,finished_at,"
                + "worker,error\(error),result\(result),parent_id,origin,schedule,held,holds\(holds),crashes,losses,"
                + "history[\(event)]}"
        }

        private static let queue =
            "{name,ready,running,scheduled,retrying,parked,waiting,dead,paused,paused_reason,paused_until,"
            + "oldest_wait_ms,processed_1m,failed_1m,enqueued,succeeded,crashes,losses,ticks_skipped,last_canary,"
            + "holds[\(hold)]}"

        /// What a command prints with `--json`, whatever its exit status.
        private func shape(_ line: String, _ more: String..., in sandbox: Sandbox) async throws -> String {
            let words = line.split(separator: " ").map(String.init) + more + ["--json"]
            let outcome = try await sandbox.run(words)
            #expect((try? JSON(outcome.output)) != nil, "\(line): \(outcome)")
            return JSONShape.of(outcome.output)
        }

        private func withFleet(_ body: (Sandbox) async throws -> Void) async throws {
            try await withRedis(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox, _ in
                try await body(sandbox)
            }
        }

        @Test func `jobs and queues`() async throws {
            try await withFleet { sandbox in
                #expect(try await shape("enqueue flotilla.test.noop --id one", in: sandbox) == "{id,queue,new}")
                #expect(try await shape("enqueue flotilla.test.noop --count 2", in: sandbox) == "[{id,queue,new}]")
                let one = try await shape("jobs show one", in: sandbox)
                #expect(one == Self.job(holds: "[\(Self.hold)]"))
                #expect(try await shape("jobs list", in: sandbox) == "[\(Self.job(holds: ""))]")
                #expect(try await shape("queues list", in: sandbox) == "[\(Self.queue)]")
                let paused = try await shape("queues pause test --for 1h --reason tests", in: sandbox)
                #expect(paused == "{queue,paused,reason,until}")
                #expect(try await shape("queues resume test", in: sandbox) == "{queue,paused,changed}")
                #expect(try await shape("jobs cancel one", in: sandbox) == "[{id,answer}]")
                #expect(try await shape("jobs delete one --yes", in: sandbox) == "[{id,answer}]")
                #expect(try await shape("queues purge test --yes", in: sandbox) == "{waiting,purged}")
                let log = try await shape("operations log", in: sandbox)
                #expect(log == "[{id,at,who,action,target,why,before,after,undoes,undone_by,undoable,reason}]")
                let newest = try await sandbox.json("operations", "log", "--limit", "1")[0]["id"].text
                let undo = try await shape("operations undo \(newest) --yes", in: sandbox)
                #expect(undo == "{operation,undone_by,entries,restored,changes[]}")
                let missing = try await shape("jobs show nobody", in: sandbox)
                #expect(missing == "{error{type,message,remedy}}")
            }
        }

        @Test func `dead jobs`() async throws {
            try await withFleet { sandbox in
                _ = try sandbox.start(["worker", "--queues", "test"])
                let words = ["enqueue", "flotilla.test.fail", "--max-attempts", "1", "--id"]
                for id in ["one", "two", "three"] { try await sandbox.run(words + [id, "--wait"]) }
                let dead = Self.job(error: "{type,message,fingerprint,at}", holds: "[]")
                #expect(try await shape("failed list", in: sandbox) == "[\(dead)]")
                #expect(try await shape("failed show one", in: sandbox) == dead)
                #expect(try await shape("failed export", in: sandbox) == "[\(dead)]")
                #expect(try await shape("failed export --out dead.jsonl", in: sandbox) == "{exported,file}")
                #expect(JSONShape.of(sandbox.read("dead.jsonl")) == dead)
                let groups = try await shape("failed groups", in: sandbox)
                #expect(groups == "[{fingerprint,kind,message,count,first_at,last_at,sample_id,estimated}]")
                let edit = try await shape(
                    "failed edit one --dry-run --kind flotilla.test.noop --args", "[1]", in: sandbox)
                #expect(edit == "{id,origin,kind,queue,changes{kind{old,new},args{old{},new[]}}}")
                let retried = try await shape("failed retry two --canary 1 --yes", in: sandbox)
                #expect(
                    retried == "{retry,selected,remaining,ids[],remaining_ids[],kept[],stopped{reason,id,message}}")
                #expect(try await shape("failed discard three --yes", in: sandbox) == "{discard,ids[],kept_ids[]}")
                let bin = try await shape("failed bin --limit 1", in: sandbox)
                #expect(bin == "[{operation,id,queue,kind,was,args{}}]")
                let trimmed = try await shape("failed trim --keep 100", in: sandbox)
                #expect(trimmed == "{beyond,exported,discarded,unreadable}")
                let noop = try await shape("enqueue flotilla.test.noop --wait", in: sandbox)
                #expect(noop == Self.job(holds: "[]"))
            }
        }

        @Test func `the schedule`() async throws {
            try await withFleet { sandbox in
                #expect(try await shape("schedule apply --yes", in: sandbox) == "{version,plan}")
                #expect(try await shape("schedule rollback", in: sandbox) == "[{version,at,by}]")
                #expect(try await shape("schedule check", in: sandbox) == "{valid,problems[],warnings[]}")
                let paused = try await shape("schedule pause pulse --for 1h", in: sandbox)
                #expect(paused == "{name,paused,reason,until,catch_up}")
                let list = try await shape("schedule list", in: sandbox)
                #expect(
                    list == "[{name,job,queue,enabled,ahead_of_clock_ms,args{},last_at,baseline_at,next_at,pauses["
                        + (list.contains("pauses[]") ? "" : "{name,since,until,by,reason,catch_up}") + "]}]")
                #expect(try await shape("schedule resume pulse", in: sandbox) == "{name,paused,ticks,jobs}")
                #expect(try await shape("schedule next pulse --count 1", in: sandbox) == "[{name,at}]")
                let gap = try await shape("schedule next berlin --count 1 --from 2026-01-01T00:00:00Z", in: sandbox)
                #expect(gap == "[{name,at,local,timezone,daylight,meant}]")
                #expect(try await shape("schedule run pulse", in: sandbox) == "{id,queue}")
                let backfill = "schedule backfill pulse --from 2026-01-01T00:00:00Z --to 2026-01-01T00:00:00Z"
                #expect(try await shape(backfill, in: sandbox) == "{ticks[],jobs,dry_run}")
            }
        }

        @Test func `what an edit would do`() async throws {
            try await withSandbox(schedule: Self.schedule, environment: Schedules.testJobs) { sandbox in
                let edit = Self.schedule.replacingOccurrences(of: "every: 1h", with: "every: 1s")
                try sandbox.write(edit.replacingOccurrences(of: "rate: 10/s", with: "rate: 9/s"), to: "new.yaml")
                let change = "section,name,change,was,keys[{key,before,after}]"
                let limit =
                    "{name,window_ms,capacity,reserved,peak,peak_at,others_peak,others_peak_at,average_per_s,"
                    + "average_at_most_per_s,owners[{name,average_at_most_per_s,reserve_per_s}],excesses[]}"
                let load =
                    "{from,to,peaks_to,queues[{name,jobs,peak_running,slots,follow_ups,follow_ups_at_most}],"
                    + "limits[\(limit)]}"
                let plan = try await shape("schedule plan new.yaml --against schedules.yaml", in: sandbox)
                #expect(
                    plan == "{plan,changes,risky,apply,entries[{\(change),runs_per_day_before,runs_per_day_after,"
                        + "jobs_per_day_before,jobs_per_day_after,kept_24h,gone_24h,new_24h,first_gone,first_new,cut,"
                        + "jobs_waiting}],rest[{\(change)}],renames[],before\(load),after\(load),daylight[],warnings[],"
                        + "notes[]}")
                let simulated = try await shape("schedule simulate new.yaml --for 1h", in: sandbox)
                #expect(
                    simulated == "{from,to,well,entries[{name,ticks,jobs,caught_up,missed,closed,overlaps,replaced}],"
                        + "queues[{name,started,finished,lateness_p50_ms,lateness_p99_ms,lateness_max_ms,expired,"
                        + "timed_out,waiting_at_most,waiting_at_end,running_at_most}],limits[{name,window_ms,capacity,"
                        + "reserved,tokens,peak,peak_at,others_peak,least_left,waits,longest_wait_ms,broken,"
                        + "asked\(limit)}],hours[{from,jobs,tokens,fill,lateness_max_ms}],notes[]}")
                try sandbox.write("version: 1\nschedules: { a: { job: nothing } }\n", to: "bad.yaml")
                let bad = try await shape("schedule check bad.yaml", in: sandbox)
                #expect(bad == "{valid,problems[{line,column,message}],warnings[]}")
                try sandbox.write(
                    "tests: [{ name: pulse, from: 2026-01-01T00:00:00Z, expect: [2026-01-01T01:00:00Z] }]",
                    to: "expected.yaml")
                let tests = try await shape("schedule test expected.yaml", in: sandbox)
                #expect(tests == "{passed,tests[{subject,line,passed,missing[],surplus[]}]}")
                #expect(try await shape("config show", in: sandbox) == "[{name,value,source}]")
            }
        }

        @Test func `the fleet`() async throws {
            try await withFleet { sandbox in
                _ = try sandbox.start(["worker", "--pool", "all"])
                _ = try sandbox.start(["scheduler"])
                try await eventually("all is shown", within: .seconds(20), every: .milliseconds(200)) {
                    let status = try await sandbox.json("status")
                    return !status["workers"].array.isEmpty && status["scheduler"]["leader"] != .null
                        && !status["scheduler"]["files"].array.isEmpty && !status["queues"].array.isEmpty
                }
                let status = try await shape("status", in: sandbox)
                let file =
                    "{host,path,state,active_version,equals_version,difference,since,until,risks[],plan,review,"
                    + "activate}"
                #expect(
                    status == "{redis{address,version,used_memory_bytes},scheduler{leader,epoch,lag_ms,"
                        + "schedule_version,files[\(file)],ahead_of_clock[],schedulers[{holder,skew_ms,seen_age_ms}]},"
                        + "queues[\(Self.queue.replacingOccurrences(of: Self.hold, with: ""))],"
                        + "pools[{name,desired,running,hosts[]}],"
                        + "workers[{id,host,pid,pool,state,running,slots,rss_bytes,"
                        + "heartbeat_age_ms,version,queues[],switched_off[]}],rebalance{confirmed},switched_off[],"
                        + "orders_held[],gate{halts[],hold,reconciled_at,unreconciled},limits[\(Self.limit)],"
                        + "circuits[\(Self.circuit)],troubles[],"
                        + "databases[{holder,host,path,id}]}")
                let doctor = try await shape("doctor --audit", in: sandbox)
                #expect(
                    doctor == "{healthy,checks[{name,level,seen,remedy}],"
                        + "audit{queues,jobs,moved,omitted,untold[],findings[]}}")
                #expect(try await shape("limits list", in: sandbox) == "[\(Self.limit)]")
                #expect(try await shape("limits set coinbase 5/s", in: sandbox) == Self.limit)
                #expect(try await shape("limits reset coinbase", in: sandbox) == Self.limit)
                #expect(try await shape("circuits list", in: sandbox) == "[\(Self.circuit)]")
                #expect(try await shape("circuits open coinbase --for 1m", in: sandbox) == Self.circuit)
                #expect(try await shape("circuits reset coinbase", in: sandbox) == "{name,state,changed}")
                let rebalance = try await shape("rebalance", in: sandbox)
                #expect(rebalance == "{confirmed,confirmed_by,confirmed_at,seen_by,seen_at,open}")
            }
        }
    }
}
