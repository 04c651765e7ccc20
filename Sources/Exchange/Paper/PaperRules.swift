import Trading

/// What the exchange demands of an order before it looks at the book. Refusals as in Coinbase's section 4.
struct PaperRules: Sendable {
    let listing: PaperListing

    /// An order in whole increments, free of formal faults.
    struct Checked: Sendable {
        /// In base increments; `nil` for a market order sized in the quote currency.
        let size: Int?
        /// In quote increments; `nil` for a market order.
        let limit: Int?
    }

    /// - Throws: `refused`, naming the first fault.
    func check(_ request: OrderRequest, isHalted: Bool) throws(ExchangeError) -> Checked {
        try checkTrading(request, isHalted: isHalted)
        let id = request.clientOrderID.rawValue
        guard !id.isEmpty, id.utf8.count <= 36 else {
            throw .refused(.invalidRequest, message: "client_order_id must have 1 to 36 characters")
        }
        if let size = request.configuration.baseSize { try checkSize(size) }
        if let price = request.configuration.limitPrice { try checkPrice(price) }
        try checkValue(request)
        return Checked(
            size: request.configuration.baseSize.flatMap(listing.size.count),
            limit: request.configuration.limitPrice.flatMap(listing.price.count))
    }

    private func checkTrading(_ request: OrderRequest, isHalted: Bool) throws(ExchangeError) {
        let product = listing.product
        if isHalted || product.status != "online" || product.tradingDisabled || product.isDisabled || product.viewOnly {
            throw .refused(.untradableProduct, message: "\(product.id) is not trading")
        }
        if product.cancelOnly || product.auctionMode {
            throw .refused(.orderEntryDisabled, message: "\(product.id) takes no new orders")
        }
        switch request.configuration {
        case .marketIOC where product.limitOnly:
            throw .refused(.unsupportedConfiguration, message: "\(product.id) takes limit orders only")
        case .limitGTC(_, _, postOnly: true): break
        case .marketIOC, .sorLimitIOC, .limitGTC:
            if product.postOnly {
                throw .refused(.unsupportedConfiguration, message: "\(product.id) takes post-only orders only")
            }
        }
    }

    private func checkSize(_ size: Amount) throws(ExchangeError) {
        let product = listing.product
        guard size.isPositive else { throw .refused(.invalidRequest, message: "base_size \(size) is not above zero") }
        guard try isMultiple(size, of: product.baseIncrement) else {
            throw .refused(
                .invalidSizePrecision, message: "base_size \(size) is no multiple of \(product.baseIncrement)")
        }
        guard size >= product.baseMinSize else {
            throw .refused(.invalidRequest, message: "base_size \(size) is below the minimum \(product.baseMinSize)")
        }
        guard size <= product.baseMaxSize, listing.size.count(size) != nil else {
            throw .refused(.invalidRequest, message: "base_size \(size) is above the maximum")
        }
    }

    private func checkPrice(_ price: Amount) throws(ExchangeError) {
        guard price.isPositive else {
            throw .refused(.invalidLimitPrice, message: "limit_price \(price) is not above zero")
        }
        guard try isMultiple(price, of: listing.product.priceIncrement), listing.price.count(price) != nil else {
            throw .refused(
                .invalidPricePrecision,
                message: "limit_price \(price) is no multiple of \(listing.product.priceIncrement)")
        }
    }

    /// The value in the quote currency, where it is known before the book is.
    private func checkValue(_ request: OrderRequest) throws(ExchangeError) {
        let value: Amount
        switch request.configuration {
        case .sorLimitIOC(let size, let price), .limitGTC(let size, let price, _):
            value = try exact("price × size") { () throws(TradingError) in try price.times(size) }
        case .marketIOC(.quote(let amount)):
            guard request.side == .buy else {
                throw .refused(.unsupportedConfiguration, message: "a sale is sized with base_size")
            }
            guard try isMultiple(amount, of: listing.product.quoteIncrement) else {
                throw .refused(
                    .invalidSizePrecision,
                    message: "quote_size \(amount) is no multiple of \(listing.product.quoteIncrement)")
            }
            value = amount
        case .marketIOC(.base): return
        }
        guard value >= listing.product.quoteMinSize, value <= listing.product.quoteMaxSize else {
            let (least, most) = (listing.product.quoteMinSize, listing.product.quoteMaxSize)
            throw .refused(.invalidRequest, message: "its value \(value) is outside \(least)...\(most)")
        }
    }

    private func isMultiple(_ amount: Amount, of increment: Amount) throws(ExchangeError) -> Bool {
        try exact("\(amount) in steps of \(increment)") { () throws(TradingError) in
            try amount.floored(to: increment) == amount
        }
    }
}
