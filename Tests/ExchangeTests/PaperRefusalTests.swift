import Exchange
import Foundation
import TestSupport
import Testing
import Trading

@Suite struct PaperRefusalTests {
    private func expect(
        _ code: RefusalCode, _ request: OrderRequest, on desk: PaperDesk, _ location: SourceLocation = #_sourceLocation
    ) async throws {
        let exchange = try desk.client()
        await #expect(sourceLocation: location) {
            try await exchange.place(request)
        } throws: { error in
            guard case ExchangeError.refused(code, _) = error else { return false }
            return true
        }
        #expect(try await desk.contents().isEmpty, sourceLocation: location)
    }

    private func buy(_ size: String, _ price: String, _ product: String = "BTC-USD") throws -> OrderRequest {
        try .make("a", .buy, product, .sorLimitIOC(baseSize: try Amount(size), limitPrice: try Amount(price)))
    }

    @Test func `sizes and prices off the increments are refused`() async throws {
        let desk = try await PaperDesk()
        try await expect(.invalidSizePrecision, try buy("0.000000015", "100000"), on: desk)
        try await expect(.invalidPricePrecision, try buy("0.001", "100000.005"), on: desk)
        let fraction = OrderConfiguration.marketIOC(.quote(try Amount("10.001")))
        try await expect(.invalidSizePrecision, try .make("a", .buy, fraction), on: desk)
    }

    @Test func `sizes below the minimum, above the maximum and not above zero are refused`() async throws {
        let desk = try await PaperDesk()
        try await expect(.invalidRequest, try buy("0.00000001", "100000"), on: desk)
        try await expect(.invalidRequest, try buy("0", "100000"), on: desk)
        try await expect(.invalidRequest, try buy("-1", "100000"), on: desk)
        try await expect(.invalidRequest, try buy("1000", "100000"), on: desk)
        try await expect(.invalidLimitPrice, try buy("1", "0"), on: desk)
    }

    @Test func `what cannot be paid is refused, held money included`() async throws {
        let desk = try await PaperDesk(cash: Amount(100))
        try await expect(.insufficientFund, try buy("0.001", "100000"), on: desk)
        try await expect(.insufficientFund, try .make("a", .sell, .marketIOC(.base(try Amount("0.001")))), on: desk)
        let exchange = try desk.client()
        let low = try desk.price(desk.book("ETH-USD").mid / 2, of: "ETH-USD")
        let size = try Amount(60).divided(by: low, scale: 8)
        let resting = OrderConfiguration.limitGTC(baseSize: size, limitPrice: low, postOnly: true)
        _ = try await exchange.place(.make("first", .buy, "ETH-USD", resting))
        let second = try OrderRequest.make("second", .buy, "ETH-USD", resting)
        await #expect(throws: ExchangeError.self) { try await exchange.place(second) }
        #expect(try await exchange.orders(product: second.product, since: .distantPast).count == 1)
    }

    @Test func `a halted product, an unknown one and a market order on a limit-only one are refused`() async throws {
        let halted = try await PaperDesk(at: 1_755_648_000 + 58 * 86_400 + 3600)
        try await expect(.untradableProduct, try buy("100000", "0.04", "ZORA-USD"), on: halted)
        try await expect(.invalidProduct, try buy("1", "1", "NOPE-USD"), on: halted)
        try await expect(
            .unsupportedConfiguration, try .make("a", .buy, "SQD-USD", .marketIOC(.base(Amount(100)))), on: halted)
        try await expect(.unsupportedConfiguration, try .make("a", .sell, .marketIOC(.quote(Amount(100)))), on: halted)
    }

    @Test func `a post-only order that would take is refused`() async throws {
        let desk = try await PaperDesk()
        let book = try desk.book("ETH-USD")
        for (side, price) in [(Side.buy, book.bestAsk), (.sell, book.bestBid)] {
            let price = try desk.price(price, of: "ETH-USD")
            let request = try OrderRequest.make(
                "a", side, "ETH-USD", .limitGTC(baseSize: Amount(1), limitPrice: price, postOnly: true))
            try await expect(.wouldCross, request, on: desk)
        }
    }

    @Test func `a client id that is empty or too long is refused`() async throws {
        let desk = try await PaperDesk()
        for id in ["", String(repeating: "x", count: 37)] {
            let request = OrderRequest(
                clientOrderID: ClientOrderID(rawValue: id), product: try ProductID("BTC-USD"), side: .buy,
                configuration: .marketIOC(.base(try Amount("0.01"))))
            try await expect(.invalidRequest, request, on: desk)
        }
    }
}
