import Testing
import Trading

@Suite struct TradingErrorTests {
    @Test func `errors say where, what and how to fix it`() {
        #expect(
            TradingError.signalConfigInvalid(field: "rsi.period", problem: "1 is no count", remedy: "Use 2 or more")
                .description
                == "signal_config.rsi.period: 1 is no count. Use 2 or more.")
        let errors: [TradingError] = [
            .amountNotDecimal(text: "x"), .amountOutOfRange(operation: "1 x 2"), .divisionByZero(operation: "1 / 0"),
            .incrementNotPositive(increment: "0"), .productIDMalformed(text: "x"),
            .signalConfigInvalid(field: "", problem: "it is a list", remedy: "Write an object"),
            .orderMoveRefused(clientOrderID: "a", from: .filled, to: .open),
            .valueOutOfRange(subject: "limit price", problem: "mid is 0", remedy: "Take a fresh quote"),
        ]
        for error in errors { #expect(error.description.contains(": ") && error.description.hasSuffix(".")) }
    }
}
