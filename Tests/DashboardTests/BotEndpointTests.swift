import Foundation
import GRDB
import JobQueue
import Ledger
import Testing
import Trading

@testable import Dashboard

@Suite struct BotEndpointTests {
    @Test(arguments: ["get_bots_slash", "get_bots-1", "get_bots-19", "get_bots-999", "get_bots-abc"])
    func `bots read as recorded`(_ golden: String) async throws {
        let bench = try await DashboardBench()
        #expect(try await bench.differences(golden) == [])
    }

    @Test func `without bots the list is empty`() async throws {
        let bench = try await DashboardBench(changedBy: "DELETE FROM bots;")
        #expect(try await bench.differences("get_bots__no-bots") == [])
    }

    @Test(arguments: [
        "post_bots-1-stop", "post_bots-15-start", "post_bots-2-reset-confirmation", "post_bots-stop-all",
        "delete_bots-1__with-weights", "delete_bots-5", "delete_bots-999", "post_bots-999-start", "post_bots-999-stop",
        "put_bots-999", "post_bots__duplicate-name", "post_bots__missing-fields", "post_bots__rsi-thresholds",
        "post_bots__weights-over-one",
    ])
    func `changes are answered, and change rows, as recorded`(_ golden: String) async throws {
        #expect(try await DashboardBench().differences(golden) == [])
        #expect(try await DashboardBench().rowDifferences(golden) == [])
    }

    /// The recorded requests failed after they had written the row, and had lost the thresholds.
    @Test(arguments: ["post_bots_slash", "post_bots__market-analysis", "post_bots__null-config"])
    func `a new bot is stored as recorded, with its thresholds, and answered`(_ name: String) async throws {
        let (bench, golden) = (try await DashboardBench(), try Golden(name))
        #expect(try await bench.rowDifferences(name, allowing: ["$.bots.rows[0].signal_config"]) == [])
        let recorded = try #require(golden.changes["bots"]?["rows"][0]["signal_config"].string)
        let stored = try #require(try await bench.ledger.keptBot(40))
        #expect(stored.signalConfig == (name == "post_bots_slash" ? Self.withThresholds(recorded) : recorded))

        let other = try await DashboardBench()
        let body = String(decoding: try JSONEncoder().encode(golden.requestBody), as: UTF8.self)
        let answer = try await other.json(.post, "/api/v1/bots/", body: body)
        let read = try await other.json(.get, "/api/v1/bots/40")
        #expect(answer == read)
        #expect(answer["name"] == golden.requestBody["name"] && answer["status"] == .text("STOPPED"))
        #expect(answer["trading_thresholds"]["buy_threshold"] == .number(-0.05))
        #expect(answer["use_trend_detection"] == .flag(true) && answer["updated_at"] == .null)
    }

    private static func withThresholds(_ config: String) -> String {
        config.dropLast() + #", "trading_thresholds": {"buy_threshold": -0.05, "sell_threshold": 0.05}}"#
    }

    @Test func `an edit is stored as recorded, keeps thresholds, and is answered`() async throws {
        let (bench, golden) = (try await DashboardBench(), try Golden("put_bots-4"))
        #expect(try await bench.rowDifferences("put_bots-4", allowing: ["$.bots.rows[0].signal_config[1]"]) == [])
        let recorded = try #require(golden.changes["bots"]?["rows"][0]["signal_config"][1].string)
        #expect(try await bench.ledger.keptBot(4)?.signalConfig == Self.withThresholds(recorded))
        let answer = try await bench.json(.put, "/api/v1/bots/4", body: #"{"max_positions": 7}"#)
        let read = try await bench.json(.get, "/api/v1/bots/4")
        #expect(answer == read && answer["max_positions"] == .integer(7))
        #expect(try await DashboardBench().rowDifferences("put_bots-4__partial") == [])
    }

    @Test func `an edit without thresholds leaves those that are stored, and null removes them`() async throws {
        let bench = try await DashboardBench()
        let rsi = #""rsi": {"weight": 0.5}, "moving_average": null, "macd": {"enabled": false, "weight": 0}"#
        _ = try await bench.json(.put, "/api/v1/bots/4", body: #"{"signal_config": {\#(rsi)}}"#)
        let kept = try await bench.json(.get, "/api/v1/bots/4")
        #expect(kept["trading_thresholds"]["sell_threshold"] == .number(0.08))
        #expect(kept["trading_thresholds"]["applied_date"] == .text("2025-09-20"))
        #expect(kept["signal_config"]["rsi"]["weight"] == .number(0.5))
        #expect(kept["signal_config"]["moving_average"] == .null)
        let gone = try await bench.json(
            .put, "/api/v1/bots/4", body: #"{"signal_config": {\#(rsi), "trading_thresholds": null}}"#)
        #expect(gone["trading_thresholds"]["sell_threshold"] == .number(0.05))
        #expect(gone["signal_config"]["trading_thresholds"] == .null)
    }

    @Test func `a name that another bot has is refused at an edit too, the own one is not`() async throws {
        let bench = try await DashboardBench()
        let before = try TableRows(of: bench.file)
        let taken = try await bench.call(.put, "/api/v1/bots/4", body: #"{"name": "BTC-USD Bot", "max_positions": 1}"#)
        #expect(taken.status == 400)
        #expect(String(decoding: taken.body, as: UTF8.self) == #"{"detail":"Bot name already exists"}"#)
        #expect(try await bench.call(.put, "/api/v1/bots/4", body: #"{"name": "XRP-USD Bot"}"#).status == 200)
        #expect(before.changes(to: try TableRows(of: bench.file)).isEmpty)
        #expect(try await bench.operatorLog().isEmpty)
    }

    @Test func `what a person changes stands in the operator log, once, with before and after`() async throws {
        let bench = try await DashboardBench()
        for _ in 0..<2 { _ = try await bench.call(.post, "/api/v1/bots/1/stop") }
        _ = try await bench.call(.post, "/api/v1/bots/", body: #"{"name": "n", "description": "d", "pair": "A-USD"}"#)
        _ = try await bench.call(.put, "/api/v1/bots/40", body: #"{"position_size_usd": 22.1}"#)
        _ = try await bench.call(.post, "/api/v1/bots/2/reset-confirmation")
        _ = try await bench.call(.post, "/api/v1/bots/stop-all")
        _ = try await bench.call(.delete, "/api/v1/bots/40")
        let log = try await bench.operatorLog().reversed()
        #expect(
            log.map(\.action) == [
                "bot.stop", "bot.create", "bot.edit", "bot.reset-confirmation", "bots.stop-all", "bot.delete",
            ])
        #expect(log.allSatisfy { $0.who == "dashboard" } && log.first?.target == "bot 1 'BTC-USD Bot'")
        #expect(log.first?.before.contains(#""status":"RUNNING""#) == true)
        #expect(log.first?.after.contains(#""status":"STOPPED""#) == true)
        #expect(log.map(\.before)[1] == "null" && log.map(\.after)[5] == "null")
        #expect(log.map(\.after)[2].contains(#""position_size_usd":22.1,"#))
    }

    @Test func `an operator starts a bot in ERROR, and after a stop of all none comes back by itself`() async throws {
        let bench = try await DashboardBench()
        #expect(try await bench.json(.post, "/api/v1/bots/39/start")["status"] == .text("RUNNING"))
        let bot = try #require(try await bench.ledger.bot(39))
        #expect(try await bench.ledger.setAside(bot, because: "not listed"))
        _ = try await bench.call(.post, "/api/v1/bots/stop-all")
        let product = try #require(bot.bot?.product)
        #expect(try await bench.ledger.returnBots(toProducts: [product]) == [])
        #expect(try await bench.ledger.keptBot(39)?.status == .error)
    }
}

/// What a body may hold.
@Suite struct BotBodyTests {
    /// The issues of a body, as `place type`.
    private func issues(_ body: String, changing: Bool = false) async throws -> [String] {
        let bench = try await DashboardBench()
        let before = try TableRows(of: bench.file)
        let answer = try await bench.json(
            changing ? .put : .post, changing ? "/api/v1/bots/4" : "/api/v1/bots", body: body)
        let issues = answer["detail"].elements.map { issue in
            let place = issue["loc"].elements.dropFirst().map { $0.string ?? "\($0)" }.joined(separator: ".")
            return "\(place) \(issue["type"].string ?? "")"
        }
        if !issues.isEmpty { #expect(before.changes(to: try TableRows(of: bench.file)).isEmpty) }
        return issues
    }

    private static let named = #""name": "n", "description": "d", "pair": "A-USD""#

    @Test func `every issue is told, in the order of the fields`() async throws {
        let body = #"""
            {"name": 1, "pair": null, "position_size_usd": "a", "max_positions": 1.5, "stop_loss_pct": null,
            "confirmation_minutes": [], "trade_step_pct": {}, "cooldown_minutes": "x", "signal_config": 3}
            """#
        #expect(
            try await issues(body) == [
                "name string_type", "description missing", "pair string_type", "position_size_usd float_parsing",
                "max_positions int_from_float", "stop_loss_pct float_type", "confirmation_minutes int_type",
                "trade_step_pct float_type", "cooldown_minutes int_parsing", "signal_config model_attributes_type",
            ])
        #expect(
            try await issues(#"{"name": [], "status": "PAUSED", "use_trend_detection": "maybe"}"#, changing: true) == [
                "name string_type", "status value_error", "use_trend_detection bool_parsing",
            ])
    }

    @Test func `numbers of signals have bounds`() async throws {
        let body = #"""
            {\#(Self.named), "signal_config": {
            "rsi": {"weight": -0.1, "period": 1, "buy_threshold": 101, "enabled": 2},
            "moving_average": {"fast_period": 30, "slow_period": 30, "weight": 2},
            "macd": {"fast_period": 51, "slow_period": 1, "signal_period": 1e300},
            "trading_thresholds": {"buy_threshold": 0.1, "sell_threshold": 0.1}}}
            """#
        #expect(
            try await issues(body) == [
                "signal_config.rsi.enabled bool_parsing", "signal_config.rsi.weight greater_than_equal",
                "signal_config.rsi.period greater_than_equal", "signal_config.rsi.buy_threshold less_than_equal",
                "signal_config.moving_average.weight less_than_equal",
                "signal_config.moving_average.slow_period value_error",
                "signal_config.macd.fast_period less_than_equal", "signal_config.macd.slow_period greater_than_equal",
                "signal_config.macd.signal_period less_than_equal",
                "signal_config.trading_thresholds.sell_threshold value_error",
            ])
    }

    @Test func `an issue has the shape of the validation library`() async throws {
        let bench = try await DashboardBench()
        let answer = try await bench.call(
            .post, "/api/v1/bots", body: #"{\#(Self.named), "signal_config": {"macd": {"weight": 1.5}}}"#)
        let expected = #"""
            {"detail": [{"type": "less_than_equal", "loc": ["body", "signal_config", "macd", "weight"],
            "msg": "Input should be less than or equal to 1", "input": 1.5, "ctx": {"le": 1.0},
            "url": "https://errors.pydantic.dev/2.5/v/less_than_equal"}]}
            """#
        let values = try [Data(expected.utf8), Data(answer.body)].map {
            try JSONDecoder().decode(JSONValue.self, from: $0)
        }
        #expect(GoldenComparison().differences(expected: values[0], actual: values[1]) == [])
        #expect(answer.status == 422)
    }

    @Test func `numbers that no bot could trade with are refused`() async throws {
        #expect(
            try await issues(#"{\#(Self.named), "position_size_usd": -1, "max_positions": 1e30}"#) == [
                "position_size_usd greater_than_equal", "max_positions less_than_equal",
            ])
        #expect(
            try await issues(#"{"cooldown_minutes": -1, "position_size_usd": "inf"}"#, changing: true) == [
                "position_size_usd float_parsing", "cooldown_minutes greater_than_equal",
            ])
    }

    @Test func `numbers may be text, and null leaves a setting at an edit`() async throws {
        let bench = try await DashboardBench()
        let answer = try await bench.json(
            .put, "/api/v1/bots/4",
            body: #"""
                {"position_size_usd": " 22.10 ", "max_positions": "7.0", "cooldown_minutes": true, "name": null,
                "signal_config": null, "status": "STOPPED", "use_position_sizing": "yes", "unknown": 1}
                """#)
        #expect(answer["position_size_usd"] == .number(22.1) && answer["max_positions"] == .integer(7))
        #expect(answer["cooldown_minutes"] == .integer(1) && answer["name"] == .text("XRP-USD Bot"))
        #expect(answer["status"] == .text("STOPPED") && answer["use_position_sizing"] == .flag(true))
        #expect(answer["trading_thresholds"]["buy_threshold"] == .number(-0.08))
        #expect(try await bench.ledger.bot(4)?.positionSizeUSD.description == "22.1")
    }

    @Test func `weights that sum to one are taken, and disabled ones do not count`() async throws {
        let config = #"{"rsi": {"weight": 0.4}, "moving_average": {"weight": 0.35}, "macd": {"weight": 0.25}}"#
        #expect(try await issues(#"{\#(Self.named), "signal_config": \#(config)}"#) == [])
        let disabled = #"{"rsi": {"weight": 1}, "moving_average": {"enabled": false, "weight": 1}, "macd": null}"#
        #expect(try await issues(#"{\#(Self.named), "signal_config": \#(disabled)}"#) == [])
        #expect(
            try await issues(#"{\#(Self.named), "signal_config": {"rsi": {"weight": 0.34}}}"#) == [
                "signal_config value_error"
            ])
    }
}

/// Rows that other programs have left behind.
@Suite struct HostileBotTests {
    private static let long = String(repeating: "long ", count: 20_000)

    @Test func `a bad row blanks nothing`() async throws {
        let bench = try await DashboardBench(
            changedBy: """
                UPDATE bots SET position_size_usd = NULL, max_positions = NULL, created_at = 'yesterday' WHERE id = 1;
                UPDATE bots SET name = NULL, pair = NULL, status = 'paused', signal_config = '[1]' WHERE id = 2;
                UPDATE bots SET position_size_usd = 'lots', stop_loss_pct = x'00ff', cooldown_minutes = 1e300,
                    current_combined_score = 9e999, use_trend_detection = NULL WHERE id = 3;
                UPDATE bots SET signal_config = '{"rsi": NaN}', current_position_size = 'x' WHERE id = 4;
                INSERT INTO bots (id) VALUES (0), (-1), (9223372036854775807);
                """)
        let bots = try await bench.json(.get, "/api/v1/bots")
        #expect(bots.elements.count == 42)
        func bot(_ id: Int) throws -> JSONValue { try #require(bots.elements.first { $0["id"] == .integer(id) }) }
        #expect(try bot(1)["position_size_usd"].asDouble == 100 && bot(1)["created_at"] == .null)
        #expect(try bot(2)["name"] == .text("") && bot(2)["status"] == .text("STOPPED"))
        #expect(try bot(2)["signal_config"] == .object([:]))
        #expect(try bot(3)["position_size_usd"].asDouble == 0 && bot(3)["stop_loss_pct"].asDouble == 5)
        #expect(try bot(3)["cooldown_minutes"] == .integer(15) && bot(3)["current_combined_score"].asDouble == 0)
        #expect(try bot(3)["use_trend_detection"] == .null)
        #expect(try bot(4)["signal_config"] == .object([:]) && bot(4)["current_position_size"].asDouble == 0)
        for id in [0, -1, Int.max] { #expect(try await bench.json(.get, "/api/v1/bots/\(id)")["id"] == .integer(id)) }
        // Each of them is one that numbers are read from.
        let numbers = ["position_size_usd", "stop_loss_pct", "take_profit_pct", "current_combined_score"]
        #expect(bots.elements.allSatisfy { bot in numbers.allSatisfy { bot[$0].asDouble != nil } })
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "\"quotes\" 'and' \\ back", "🚀🇩🇪 emoji", "\u{202E}right to left אבג",
        "tab\tline\nend", Self.long,
    ])
    func `a name comes back as it was given`(_ name: String) async throws {
        let bench = try await DashboardBench()
        let body = JSONValue.object(["name": .text(name), "description": .text(name), "pair": .text(name)])
        let text = String(decoding: try JSONEncoder().encode(body), as: UTF8.self)
        let answer = try await bench.json(.post, "/api/v1/bots", body: text)
        #expect(answer["name"] == .text(name) && answer["description"] == .text(name) && answer["pair"] == .text(name))
        #expect(try await bench.call(.post, "/api/v1/bots", body: text).status == 400)
        let stopped = try await bench.json(.post, "/api/v1/bots/40/start")
        #expect(stopped["message"] == .text("Bot '\(name)' started successfully"))
        let log = try await bench.operatorLog()
        #expect(log.map(\.action) == ["bot.start", "bot.create"] && log.allSatisfy { $0.after.utf8.count <= 8_192 })
    }

    @Test(arguments: [0, -1, Int.max, Int.min])
    func `an id that no bot has is a 404 everywhere`(_ id: Int) async throws {
        let bench = try await DashboardBench()
        for (method, path) in [
            (Endpoint.Method.get, ""), (.delete, ""), (.post, "/start"), (.post, "/stop"),
            (.post, "/reset-confirmation"),
        ] {
            #expect(try await bench.call(method, "/api/v1/bots/\(id)\(path)").status == 404)
        }
        #expect(try await bench.call(.put, "/api/v1/bots/\(id)", body: "{}").status == 404)
        #expect(try await bench.operatorLog().isEmpty)
    }
}
