/// What the exchange tells of a product beside the rules of its orders: names, and the last 24 hours. For people and
/// for rankings; no order is made of them.
public struct ProductFacts: Sendable, Equatable {
    /// Such as `Bitcoin`; nil when the exchange gives none.
    public var baseName: String?
    /// Such as `US Dollar`.
    public var quoteName: String?
    /// The exchange's word that the product was listed lately.
    public var isNew: Bool
    /// Change of the price within 24 h, in percent.
    public var priceChange: Double?
    /// Traded within 24 h, in base currency.
    public var volume: Double?
    /// Change of the volume against the 24 h before, in percent.
    public var volumeChange: Double?
    /// Traded within 24 h, in quote currency, about.
    public var quoteVolume: Double?

    /// All of it may be missing. Checks no number.
    public init(
        baseName: String? = nil, quoteName: String? = nil, isNew: Bool = false, priceChange: Double? = nil,
        volume: Double? = nil, volumeChange: Double? = nil, quoteVolume: Double? = nil
    ) {
        self.baseName = baseName
        self.quoteName = quoteName
        self.isNew = isNew
        self.priceChange = priceChange
        self.volume = volume
        self.volumeChange = volumeChange
        self.quoteVolume = quoteVolume
    }
}

extension ProductFacts: Codable {
    enum CodingKeys: String, CodingKey {
        case baseName = "base_name"
        case quoteName = "quote_name"
        case isNew = "new"
        case priceChange = "price_percentage_change_24h"
        case volume = "volume_24h"
        case volumeChange = "volume_percentage_change_24h"
        case quoteVolume = "approximate_quote_24h_volume"
    }

    /// What is missing, empty or no number stays unknown: nothing here may hide a product.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        func text(_ key: CodingKeys) -> String? {
            guard let text = try? fields.decodeIfPresent(String.self, forKey: key), !text.isEmpty else { return nil }
            return text
        }
        func number(_ key: CodingKeys) -> Double? {
            let given = text(key).flatMap { Double($0) } ?? (try? fields.decodeIfPresent(Double.self, forKey: key))
            return given.flatMap { $0.isFinite ? $0 : nil }
        }
        self.init(
            baseName: text(.baseName), quoteName: text(.quoteName),
            isNew: (try? fields.decodeIfPresent(Bool.self, forKey: .isNew)) ?? false,
            priceChange: number(.priceChange), volume: number(.volume), volumeChange: number(.volumeChange),
            quoteVolume: number(.quoteVolume))
    }

    /// Numbers as text, as the exchange writes them; what is unknown is left out.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        func number(_ value: Double?) -> String? { value.flatMap { $0.isFinite ? "\($0)" : nil } }
        try fields.encodeIfPresent(baseName, forKey: .baseName)
        try fields.encodeIfPresent(quoteName, forKey: .quoteName)
        try fields.encode(isNew, forKey: .isNew)
        try fields.encodeIfPresent(number(priceChange), forKey: .priceChange)
        try fields.encodeIfPresent(number(volume), forKey: .volume)
        try fields.encodeIfPresent(number(volumeChange), forKey: .volumeChange)
        try fields.encodeIfPresent(number(quoteVolume), forKey: .quoteVolume)
    }
}
