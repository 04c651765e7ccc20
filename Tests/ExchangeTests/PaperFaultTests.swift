import Exchange
import Foundation
import TestSupport
import Testing
import Trading

@Suite struct PaperFaultTests {
    private func request(_ desk: PaperDesk) throws -> OrderRequest {
        try .make("a", .buy, .marketIOC(.base(try Amount("0.01"))))
    }

    @Test func `an order whose answer was lost is found by its client id and exists once`() async throws {
        let desk = try await PaperDesk()
        try await PaperFaults(redis: desk.redis).arm(.dropResponse)
        let request = try request(desk)
        let dying = try desk.client()
        await #expect {
            try await dying.place(request)
        } throws: { error in
            guard case ExchangeError.outcomeUnknown(request.clientOrderID, _) = error else { return false }
            return true
        }
        let successor = try desk.client()
        desk.time.advance(5)
        let found = try await successor.orders(product: request.product, since: desk.time.now() - 65)
            .filter { $0.clientOrderID == request.clientOrderID }
        #expect(found.count == 1 && found[0].status == .filled)
        #expect(try await successor.place(request).orderID == found[0].orderID)
        #expect(try await successor.balance("BTC").available == "0.01")
    }

    @Test func `a 429 changes nothing and passes`() async throws {
        let desk = try await PaperDesk()
        try await PaperFaults(redis: desk.redis).arm(.rateLimit, times: 2)
        let exchange = try desk.client()
        let request = try request(desk)
        for _ in 0..<2 {
            await #expect(throws: ExchangeError.rateLimited(retryAfter: .seconds(1))) {
                try await exchange.place(request)
            }
        }
        #expect(try await exchange.orders(product: request.product, since: .distantPast).isEmpty)
        _ = try await exchange.place(request)
    }

    @Test func `a 500 leaves reads unavailable and orders unknown`() async throws {
        let desk = try await PaperDesk()
        try await PaperFaults(redis: desk.redis).arm(.serverError, times: 2)
        let exchange = try desk.client()
        let request = try request(desk)
        await #expect { try await exchange.accounts() } throws: { ($0 as? ExchangeError)?.isTransient == true }
        await #expect {
            try await exchange.place(request)
        } throws: { error in
            guard case ExchangeError.outcomeUnknown = error else { return false }
            return true
        }
        #expect(try await exchange.orders(product: request.product, since: .distantPast).isEmpty)
    }

    @Test func `a request delivered twice makes one order`() async throws {
        let desk = try await PaperDesk()
        try await PaperFaults(redis: desk.redis).arm(.duplicateDelivery)
        let exchange = try desk.client()
        _ = try await exchange.place(try request(desk))
        #expect(try await exchange.balance("BTC").available == "0.01")
    }

    @Test func `a stale book shows its age`() async throws {
        let desk = try await PaperDesk()
        try await PaperFaults(redis: desk.redis).arm(.staleBook)
        let exchange = try desk.client()
        let bitcoin = try ProductID("BTC-USD")
        #expect(try await exchange.bestBidAsk([bitcoin])[0].time == desk.time.now() - 600)
        #expect(try await exchange.bestBidAsk([bitcoin])[0].time == desk.time.now())
    }
}
