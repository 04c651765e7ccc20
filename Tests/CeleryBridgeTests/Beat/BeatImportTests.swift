import ScheduleConfiguration
import ScheduleSupport
import Testing

@testable import CeleryBridge

struct BeatImportTests {
    private func imported(
        _ json: String, map: [String: String] = [:], timezone: String? = nil
    ) throws(ConfigurationError) -> BeatImport {
        try BeatImport(Array(json.utf8), file: "beat.json", known: knownNames, map: map, timezone: timezone)
    }

    /// One entry of the task `t`, which is mapped to evaluation.
    private func entry(_ schedule: String, _ more: String = "") throws -> BeatImport {
        try imported("{\"a\": {\"task\": \"t\", \"schedule\": \(schedule)\(more)}}", map: ["t": "evaluation"])
    }

    @Test(arguments: [
        #""<crontab: 0, 15, 30, 45 * * * * (m/h/dM/MY/d)>""#, #""<crontab: 0 ,15, 30 ,45 * * * * (m/h/d/dM/MY)>""#,
        #""<crontab: [0, 15, 30, 45] * * * * (m/h/dM/MY/d)>""#, #""<crontab: (0, 15, 30, 45) * * * * (m/h/dM/MY/d)>""#,
        #""<crontab: {0, 15, 30, 45} * * * * (m/h/dM/MY/d)>""#, #""<crontab: range(0, 60, 15) * * * * (m/h/dM/MY/d)>""#,
        #""<crontab: frozenset({0, 15, 30, 45}) * * * * (m/h/dM/MY/d)>""#, #""0, 15, 30, 45 * * * *""#,
        #"{"minute": "0, 15, 30, 45"}"#, #"{"minute": [0, 15, 30, 45]}"#, #"{"minute": ["0", " 15", "30,45"]}"#,
        #"{"minute": "{0, 15, 30, 45}"}"#, #"{"minute": "range(0, 60, 15)"}"#, #"{"minute": "[0, 15, 30, 45]"}"#,
        #"{"minute": "(0, 15, 30, 45)"}"#, #"{"minute": "['0', '15', '30', '45']"}"#,
        #"{"__type__": "crontab", "__value__": {"minute": "set([0, 15, 30, 45])"}}"#,
    ])
    func `a crontab field comes over in every form in which a program may have given it`(_ schedule: String) throws {
        let beat = try entry(schedule)
        #expect(beat.left.isEmpty && beat.text.contains(#"cron: "0,15,30,45 * * * *""#), "\(beat)")
    }

    @Test(arguments: [
        (#"{"hour": "range(8, 18)", "minute": 0}"#, "0 8,9,10,11,12,13,14,15,16,17 * * *"),
        (#"{"minute": "range(3)"}"#, "0,1,2 * * * *"), (#"{"minute": "range(50, 0, -20)"}"#, "50,30,10 * * * *"),
        (#"{"minute": "(30,)", "day_of_week": "['mon', 'fri']"}"#, "30 * * * MON,FRI"),
        (#""<crontab: 0 {8, 20} * * ['mon', 'wed'] (m/h/dM/MY/d), Europe/Berlin>""#, "0 8,20 * * MON,WED"),
    ])
    func `ranges, tuples of one and names come over`(_ schedule: String, _ cron: String) throws {
        let beat = try entry(schedule)
        #expect(beat.left.isEmpty && beat.text.contains("cron: \"\(cron)\""), "\(beat)")
    }

    @Test(arguments: [
        #"{"minute": "range(0)"}"#, #"{"minute": "range(0, 60, 0)"}"#, #"{"minute": "range(100000)"}"#,
        #"{"minute": "<generator object>"}"#, #"{"minute": "{0, [1]}"}"#, #"{"minute": "set()"}"#, #"{"minute": true}"#,
        #"{"minute": "0, 75"}"#, #""<crontab: 0, 15 * * * (m/h/dM/MY/d)>""#, #"{"minute": ""}"#,
    ])
    func `a field that cannot be read is left out with the reason`(_ schedule: String) throws {
        let beat = try entry(schedule)
        #expect(beat.imported.isEmpty && beat.left.count == 1 && !beat.left[0].reason.isEmpty, "\(beat)")
    }

    @Test(arguments: [
        ("60", "every: 1m"), ("0.5", "every: 500ms"), ("7200.0", "every: 2h"), ("90", "every: 90s"),
        (#"{"__type__": "timedelta", "days": 1, "seconds": 3600, "microseconds": 500000}"#, "every: 90000500ms"),
        (#"{"__type__": "timedelta", "__value__": 300}"#, "every: 5m"),
        (#"{"__type__": "interval", "every": 30.0, "relative": false}"#, "every: 30s"),
        (#"{"every": 5, "period": "minutes"}"#, "every: 5m"),
        (#""0:02:00""#, "every: 2m"), (#""1 day, 0:00:00""#, "every: 1d"), (#""P0DT00H01M30S""#, "every: 90s"),
        (#""<freq: 2.00 minutes>""#, "every: 2m"),
        (#"{"minute": "0", "hour": "8", "day_of_week": "mon-fri"}"#, #"cron: "0 8 * * MON-FRI""#),
        (#"{"minute": [0, 30], "hour": "*/2", "day_of_month": 1}"#, #"cron: "0,30 */2 1 * *""#),
        (#"{"__type__": "crontab", "__value__": {"minute": "5", "hour": 3}}"#, #"cron: "5 3 * * *""#),
        (#"{"crontab": {"minute": "5", "hour": "3", "timezone": "Europe/Berlin"}}"#, #"timezone: "Europe/Berlin""#),
        (#"{"minute": "0", "hour": "22-2"}"#, #"cron: "0 22-23,0-2 * * *""#),
        (#"{"minute": "0", "hour": "22-2/2"}"#, #"cron: "0 22,0,2 * * *""#),
        (#"{"minute": "0", "hour": "1", "day_of_week": "friday-monday"}"#, #"cron: "0 1 * * 5-6,0-1""#),
        (#""<crontab: 0 8 * * 1-5 (m/h/dM/MY/d)>""#, #"cron: "0 8 * * 1-5""#),
        (#""<crontab: 0 8 1-5 * * (m/h/d/dM/MY), Asia/Seoul>""#, #"cron: "0 8 * * 1-5""#),
        (#""<crontab: 0 8 1-5 * * (m/h/d/dM/MY), Asia/Seoul>""#, #"timezone: "Asia/Seoul""#),
        (#"{"minute": "0", "hour": "0", "day_of_month": "13", "day_of_week": "fri"}"#, "days: all"),
    ])
    func `a schedule in any form in which programs dump it keeps its times`(schedule: String, line: String) throws {
        let beat = try entry(schedule)
        #expect(beat.imported == ["a"], "\(beat.left)")
        #expect(beat.text.contains("    \(line)\n"), "\(beat.text)")
        #expect(throws: Never.self) { try parsed(beat.text) }
    }

    @Test(arguments: [
        (#"{"__type__": "solar", "event": "sunset", "lat": 1, "lon": 2}"#, "the sun's events"),
        (#""<solar: sunset at latitude 1, longitude: 2>""#, "the sun's events"),
        (#"{"__type__": "rrule", "freq": "DAILY"}"#, "the type 'rrule' has no counterpart"),
        ("0", "out of range"), ("0.01", "out of range"), ("1e300", "out of range"), ("-5", "out of range"),
        ("true", "neither seconds"), ("null", "neither seconds"), (#""soon""#, "cannot be read"),
        (#"{"minute": "61"}"#, "minute '61' is out of range"), (#"{"minute": {"a": 1}}"#, "'?' stands alone"),
        (#"{"minute": "0", "day_of_month": "31", "month_of_year": "feb"}"#, "this never fires"),
        (#"{"minute": "0", "timezone": "CET"}"#, "Use Europe/Berlin"),
    ])
    func `a schedule without a counterpart is kept as a comment with the reason`(
        schedule: String, reason: String
    ) throws {
        let beat = try entry(schedule)
        #expect(beat.imported == [])
        #expect(beat.left.first?.reason.contains(reason) == true, "\(beat.left)")
        #expect(beat.text.contains("# Not imported: a: "))
        #expect(throws: Never.self) { try parsed(beat.text) }
    }

    @Test func `what has no place in an entry is noted beside it`() throws {
        let options =
            #", "options": {"queue": "market-data", "expires": 30, "priority": 3, "headers": null}, "relative": true"#
        let beat = try entry("60", options + #", "kwargs": {"x": [1, true, null, "a\"\n"]}"#)
        for note in ["queue \"market-data\" in Celery", "expires 30 in", "priority 3 in", "relative in Celery"] {
            #expect(beat.text.contains("  # \(note)"), "\(beat.text)")
        }
        let made = try #require(try parsed(beat.text).schedules.first)
        #expect(made.argsJSON == #"{"x":[1,true,null,"a\"\n"]}"#)
    }

    @Test func `names become names, and hostile ones cannot leave their line`() throws {
        let beat = try imported(
            """
            {"Every Day!": {"task": "t", "schedule": 60}, "every day ": {"task": "t", "schedule": 60},
             "../../x": {"task": "t", "schedule": 60}, "é": {"task": "t", "schedule": 60},
             "x\\n  evil: { job: execution }": {"task": "u\\nversion: 9", "schedule": 60}, "n": 5}
            """, map: ["t": "evaluation"])
        #expect(beat.imported.sorted() == ["entry", "every-day-", "every-day--2", "x"])
        #expect(beat.left.map(\.name) == ["n", "x   evil: { job: execution }"])
        #expect(try parsed(beat.text).schedules.map(\.name) == beat.imported.sorted())
    }

    @Test func `a kind that does not exist is said, and an empty schedule is a valid file`() throws {
        let beat = try imported(#"{"a": {"task": "t", "schedule": 60}}"#, map: ["t": "evalution"])
        #expect(beat.left.first?.reason.contains("Did you mean evaluation?") == true)
        #expect(throws: Never.self) { try parsed(beat.text) }
        #expect(throws: Never.self) { try parsed(try imported("{}").text) }
    }

    @Test func `a whole configuration brings its zone`() throws {
        let json = #"{"timezone": "Europe/Berlin", "beat_schedule": {"a": {"task": "t", "schedule": {"hour": 3}}}}"#
        #expect(try parsed(try imported(json, map: ["t": "evaluation"]).text).timezone == "Europe/Berlin")
        let told = try imported(json, map: ["t": "evaluation"], timezone: "Asia/Tokyo")
        #expect(try parsed(told.text).timezone == "Asia/Tokyo")
        #expect(throws: ConfigurationError.self) { try imported(json, timezone: "CET") }
        for text in ["", "[]", "{", "5"] { #expect(throws: ConfigurationError.self) { try imported(text) } }
    }
}
