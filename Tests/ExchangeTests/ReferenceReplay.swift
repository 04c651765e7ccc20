import Exchange
import Trading

/// The reference execution policy of the domain specification, section 9, against the pure market.
struct ReferenceReplay {
    struct Order: Decodable {
        enum Urgency: String, Decodable { case normal, high, immediate }
        let job_id: String
        let product: ProductID
        let t: Int
        let side: Side
        let base_size: String
        let urgency: Urgency
    }

    struct Trade { let level: BookLevel, isMaker: Bool }

    let market: PaperMarket
    let order: Order
    let size: Int

    func book(_ k: Int) throws -> PaperBook { try market.book(order.product, at: order.t + 30 * k) }

    /// The whole size at once, at any price.
    func naive() throws -> [Trade] {
        try book(0).take(size, side: order.side).taken.map { Trade(level: $0, isMaker: false) }
    }

    /// Rest first, then cross.
    func smart() throws -> [Trade] {
        let subTicks = order.urgency == .normal ? 20 : order.urgency == .high ? 6 : 0
        let arrival = try book(0).mid
        var (trades, remaining, price, attempt, k) = ([Trade](), size, Int?.none, 0, 0)
        while k < subTicks {
            let book = try book(k)
            if let price {
                let id = ClientOrderID(job: order.job_id, leg: "maker", attempt: attempt)
                let fill = book.restingFill(side: order.side, price: price, remaining: remaining, clientOrderID: id)
                if fill > 0 { trades.append(Trade(level: BookLevel(price: price, size: fill), isMaker: true)) }
                remaining -= fill
            }
            if remaining == 0 { return trades }
            if abs(book.mid - arrival) * 10_000 > 60 * arrival { break }
            let own = book.best(own: order.side)
            if let resting = price {
                let isBehind = order.side == .buy ? own > resting : own < resting
                if attempt < 12, isBehind { (price, attempt) = (own, attempt + 1) }
            } else {
                price = own
            }
            k += 1
        }
        return trades + (try cross(remaining, from: k))
    }

    private func cross(_ size: Int, from k: Int) throws -> [Trade] {
        var (trades, remaining) = ([Trade](), size)
        for attempt in 0..<10 where remaining > 0 {
            let book = try book(k + attempt)
            let limit = DepthWalk.limit(side: order.side, doubledMid: 2 * book.mid, bps: 50)
            let walk = book.take(remaining, side: order.side, limit: limit)
            trades += walk.taken.map { Trade(level: $0, isMaker: false) }
            remaining = walk.unfilled
        }
        return trades
    }
}
