/// What `GET /api/v1/trends/?pairs=` answers.
public struct TrendListDocument: Encodable, Sendable {
    let pairsAnalyzed: Int
    let results: OrderedFields<TrendDocument>
    let engine: Engine

    /// - Parameters:
    ///   - results: trends by product, in the order in which they were asked for.
    ///   - known: how many of them a job has stored.
    public init(_ results: [(name: String, value: TrendDocument)], known: Int) {
        pairsAnalyzed = results.count
        self.results = OrderedFields(results)
        engine = Engine(requests: results.count, hits: known)
    }

    enum CodingKeys: String, CodingKey {
        case pairsAnalyzed = "pairs_analyzed"
        case results
        case engine = "engine_stats"
    }

    /// The old backend's counters, of this answer alone: no process counts what others were asked.
    struct Engine: Encodable, Sendable {
        let requests, hits, misses: Int
        let hitRate: Double
        let calculations = 0
        let products: Int
        let lifeSeconds = 300

        init(requests: Int, hits: Int) {
            self.requests = requests
            self.hits = hits
            misses = requests - hits
            hitRate = requests > 0 ? (1_000 * Double(hits) / Double(requests)).rounded() / 10 : 0
            products = hits
        }

        enum CodingKeys: String, CodingKey {
            case requests
            case hits = "cache_hits"
            case misses = "cache_misses"
            case hitRate = "cache_hit_rate"
            case calculations
            case products = "cached_products"
            case lifeSeconds = "cache_ttl_seconds"
        }
    }
}
