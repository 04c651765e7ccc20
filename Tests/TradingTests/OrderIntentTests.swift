import Foundation
import Testing
import Trading

@Suite struct OrderIntentTests {
    static func intent(_ state: OrderState = .intent) throws -> OrderIntent {
        OrderIntent(
            jobID: "job-1", leg: "cross", attempt: 0, clientOrderID: "4d8e8315-267d-8e29-8c2c-e27d39f3fe8b",
            product: try ProductID("BTC-USD"), side: .buy, baseSize: try Amount("0.001"),
            limitPrice: try Amount("100500.00"), kind: .limitIOC, createdAt: Date(timeIntervalSince1970: 1_700_000_000),
            state: state)
    }

    @Test func `an order moves from intent to its end`() throws {
        let end = try Self.intent().moved(to: .sent).moved(to: .open).moved(to: .filled)
        #expect(end.state == .filled && end.state.isTerminal)
        #expect(end.clientOrderID == (try Self.intent().clientOrderID))
    }

    @Test func `nothing leaves a terminal state or returns to intent`() throws {
        for from in OrderState.allCases {
            for to in OrderState.allCases where from != to && (from.isTerminal || to == .intent) {
                #expect(throws: TradingError.self) { try Self.intent(from).moved(to: to) }
            }
            #expect(try Self.intent(from).moved(to: from).state == from)
        }
        #expect(!OrderState.open.canMove(to: .sent))
    }

    @Test func `an undetermined order can still be found in any later state`() {
        for state in [OrderState.sent, .open, .filled, .cancelled, .expired, .failed] {
            #expect(OrderState.unknown.canMove(to: state) && OrderState.intent.canMove(to: state))
        }
    }

    @Test func `an intent survives JSON with its decimals as text`() throws {
        let json = try JSONEncoder().encode(Self.intent())
        #expect(String(decoding: json, as: UTF8.self).contains(#""limitPrice":"100500""#))
        #expect(try JSONDecoder().decode(OrderIntent.self, from: json) == Self.intent())
    }

    @Test func `a limit is half a percent from mid and rounding never worsens it`() throws {
        #expect(try LimitPrice.cap(.buy, mid: Amount("100.03"), increment: Amount("0.01")) == Amount("100.53"))
        #expect(try LimitPrice.cap(.sell, mid: Amount("100.03"), increment: Amount("0.01")) == Amount("99.53"))
        #expect(try LimitPrice.cap(.sell, mid: Amount("100.05"), increment: Amount("0.01")) == Amount("99.55"))
        let wide = try LimitPrice.cap(.buy, mid: Amount(100), increment: Amount("0.01"), slippage: Amount("0.01"))
        #expect(wide == Amount(101))
    }

    @Test func `a limit that cannot be is refused`() throws {
        for (mid, slippage) in [("0", "0.005"), ("-1", "0.005"), ("1", "1"), ("1", "-0.1"), ("0.004", "0.005")] {
            #expect(throws: TradingError.self) {
                try LimitPrice.cap(.buy, mid: Amount(mid), increment: Amount("0.01"), slippage: Amount(slippage))
            }
        }
    }
}
