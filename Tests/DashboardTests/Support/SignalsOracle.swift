import Foundation

/// The evaluation's semantics computed from their description alone (`signals.md`), without any code of the program.
struct SignalsOracle {
    struct Bot {
        var rsi: (weight: Double, period: Int, low: Double, high: Double)?
        var average: (weight: Double, fast: Int, slow: Int)?
        var macd: (weight: Double, fast: Int, slow: Int, signal: Int)?
        var buy = -0.05
        var sell = 0.05
        var followsTrend = false
        var size: Double?
    }

    struct Candles: Decodable {
        var candles: [String: [String: [[Double]]]]
    }

    private let market: Candles

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/fixture-market.json")
        market = try JSONDecoder().decode(Candles.self, from: try Data(contentsOf: file))
    }

    private func closes(_ pair: String, _ granularity: String) -> [Double] {
        (market.candles[pair]?[granularity] ?? []).map { $0[4] }
    }

    // MARK: Signals

    struct Opinion { var score, confidence: Double }

    func opinion(_ pair: String, _ bot: Bot) -> (score: Double, confidence: Double) {
        let x = closes(pair, "3600")
        var parts: [(weight: Double, opinion: Opinion)] = []
        if let rsi = bot.rsi { parts.append((rsi.weight, Self.rsi(x, rsi.period, rsi.low, rsi.high))) }
        if let average = bot.average { parts.append((average.weight, Self.average(x, average.fast, average.slow))) }
        if let macd = bot.macd { parts.append((macd.weight, Self.macd(x, macd.fast, macd.slow, macd.signal))) }
        let weights = parts.map(\.weight).reduce(0, +)
        return (
            parts.map { $0.weight * $0.opinion.score }.reduce(0, +) / weights,
            parts.map(\.opinion.confidence).reduce(0, +) / Double(parts.count)
        )
    }

    static func rsi(_ x: [Double], _ period: Int, _ low: Double, _ high: Double) -> Opinion {
        guard x.count > period else { return Opinion(score: 0, confidence: 0) }
        let moves = zip(x.dropFirst(), x).map { $0 - $1 }.suffix(period)
        let gain = moves.map { max($0, 0) }.reduce(0, +) / Double(period)
        let loss = moves.map { max(-$0, 0) }.reduce(0, +) / Double(period)
        guard gain > 0 || loss > 0 else { return Opinion(score: 0, confidence: 0) }
        let rsi = loss == 0 ? 100 : 100 - 100 / (1 + gain / loss)
        if rsi <= low {
            let score = max(-1, -0.5 - 0.5 * (low - rsi) / low)
            return Opinion(score: score, confidence: abs(score))
        }
        if rsi >= high {
            let score = min(1, 0.5 + 0.5 * (rsi - high) / (100 - high))
            return Opinion(score: score, confidence: abs(score))
        }
        let score = (rsi - low) / (high - low) - 0.5
        return Opinion(score: score, confidence: 0.5 * abs(score))
    }

    static func average(_ x: [Double], _ fast: Int, _ slow: Int) -> Opinion {
        guard x.count > max(fast, slow) else { return Opinion(score: 0, confidence: 0) }
        func mean(_ count: Int, _ back: Int) -> Double {
            x.dropLast(back).suffix(count).reduce(0, +) / Double(count)
        }
        let (f, s, f1, s1) = (mean(fast, 0), mean(slow, 0), mean(fast, 1), mean(slow, 1))
        if f1 <= s1, f > s { return Opinion(score: -0.8, confidence: 0.9) }
        if f1 >= s1, f < s { return Opinion(score: 0.8, confidence: 0.9) }
        let score = -tanh(0.1 * (f - s) / s * 100)
        return Opinion(score: score, confidence: abs(score) >= 0.2 ? min(abs(score), 0.7) : 0.3 * abs(score))
    }

    static func macd(_ x: [Double], _ fast: Int, _ slow: Int, _ signal: Int) -> Opinion {
        guard x.count >= slow + signal + 5 else { return Opinion(score: 0, confidence: 0) }
        /// Sums of powers, as the formula stands.
        func smoothed(_ values: [Double], _ span: Int) -> [Double] {
            let keep = 1 - 2 / Double(span + 1)
            return values.indices.map { t in
                var (sum, weights) = (0.0, 0.0)
                for k in 0...t {
                    let power = pow(keep, Double(k))
                    sum += power * values[t - k]
                    weights += power
                }
                return sum / weights
            }
        }
        let line = zip(smoothed(x, fast), smoothed(x, slow)).map { $0 - $1 }
        let mean = smoothed(line, signal)
        let histogram = zip(line, mean).map { $0 - $1 }
        guard let m = line.last, let l = mean.last, let h = histogram.last else {
            return Opinion(score: 0, confidence: 0)
        }
        let momentum = h - histogram[histogram.count - 2]
        let raw = (m > l ? -0.4 : 0.4) + (m > 0 ? -0.3 : 0.3) - 0.3 * tanh(1_000 * momentum)
        let score = min(1, max(-1, raw))
        let confidence = min(min(100 * abs(m - l), 0.3) + min(1_000 * abs(momentum), 0.3), 0.8)
        return Opinion(score: score, confidence: abs(score) >= 0.2 ? confidence : confidence / 2)
    }

    // MARK: Trend, size

    struct Trend {
        var strength, confidence, volatility: Double
        var regime: String
    }

    func trend(_ pair: String) -> Trend {
        let plan: [(name: String, count: Int, weight: Double, share: Double)] = [
            ("300", 12, 0.3, 0.3), ("3600", 24, 0.4, 0.5), ("86400", 7, 0.3, 0.2),
        ]
        let windows: [(x: [Double], weight: Double, share: Double)] = plan.map { part in
            (Array(closes(pair, part.name).suffix(part.count)), part.weight, part.share)
        }
        let momenta: [Double] = windows.map { window in
            let (first, last) = (window.x[0], window.x[window.x.count - 1])
            return tanh(10 * (last - first) / first)
        }
        let strength = min(1, max(-1, zip(momenta, windows).map { $0 * $1.weight }.reduce(0, +)))
        let volatility: Double = windows.map { (window) -> Double in
            let returns: [Double] = zip(window.x.dropFirst(), window.x).map { $0 / $1 - 1 }
            let mean = returns.reduce(0, +) / Double(returns.count)
            let squares: Double = returns.map { ($0 - mean) * ($0 - mean) }.reduce(0, +)
            return 100 * (squares / Double(returns.count - 1)).squareRoot() * window.share
        }.reduce(0, +)
        let hours = closes(pair, "3600").suffix(50)
        func mean(_ count: Int) -> Double { hours.suffix(count).reduce(0, +) / Double(count) }
        let (p, m5, m20, m50) = (hours.last ?? 0, mean(5), mean(20), mean(50))
        let rises = p > m20 && m5 > m20 || (p > m5 && m5 > m20 && m20 > m50)
        let falls = p < m20 && m5 < m20 || (p < m5 && m5 < m20 && m20 < m50)
        let isAligned = rises || falls
        let volumes = (market.candles[pair]?["3600"] ?? []).suffix(24).map { $0[5] }
        let change = volumes.suffix(6).reduce(0, +) / volumes.prefix(6).reduce(0, +) - 1
        let least = abs(strength) > 0.3 ? 0.1 : abs(strength) > 0.1 ? -0.2 : -Double.infinity
        let isVolume = change > least
        var confidence = 0.5
        if momenta.filter({ $0 > 0.1 }).count >= 2 || momenta.filter({ $0 < -0.1 }).count >= 2 {
            confidence += 0.3
        } else if !momenta.allSatisfy({ abs($0) > 0.1 }) {
            confidence += 0.1
        }
        confidence = min(1, confidence + (isAligned ? 0.15 : 0.05) + (isVolume ? 0.05 : 0))
        let force = abs(strength) * confidence
        return Trend(
            strength: strength, confidence: confidence, volatility: volatility,
            regime: force >= 0.4 ? "STRONG_TRENDING" : force >= 0.15 ? "TRENDING" : "CHOPPY")
    }

    func action(_ score: Double, _ confidence: Double, _ bot: Bot, _ trend: Trend) -> String {
        guard confidence >= 0.2 else { return "hold" }
        let reaches = ["STRONG_TRENDING": 0.12, "TRENDING": 0.08, "CHOPPY": 0.03]
        let reach = reaches[trend.regime] ?? 0.05
        let buy = bot.followsTrend ? -reach : bot.buy
        let sell = bot.followsTrend ? reach : bot.sell
        if score <= buy { return "buy" }
        return score >= sell ? "sell" : "hold"
    }

    func size(_ base: Double, _ confidence: Double, _ trend: Trend) -> Double {
        let regimes = ["STRONG_TRENDING": 1.5, "TRENDING": 1.2, "CHOPPY": 0.5]
        let r = regimes[trend.regime] ?? 1
        let steps: [(Double, Double)] = [(0.01, 1.2), (0.03, 1), (0.05, 0.8)]
        let v = steps.first { trend.volatility < $0.0 }?.1 ?? 0.6
        let bands: [(Double, Double)] = [(0.8, 1.1), (0.6, 1), (0.4, 0.8)]
        let c = bands.first { confidence >= $0.0 }?.1 ?? 0.6
        let factor = min(2, max(0.3, r * v * c))
        return (base * factor * 100).rounded() / 100
    }
}
