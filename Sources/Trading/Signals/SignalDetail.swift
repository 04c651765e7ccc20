/// A number that a signal's score was made from, or a setting that it was made with.
public struct SignalReading: Sendable, Equatable {
    /// As the pages of the Python system call it, such as `rsi_value`.
    public let name: String
    /// Finite for candles that are sound.
    public let value: Double

    /// Checks nothing.
    public init(_ name: String, _ value: Double) {
        self.name = name
        self.value = value
    }
}

/// What one signal said of the candles. Only shown: the blend decides.
public struct SignalDetail: Sendable, Equatable {
    /// Which signal it is.
    public let name: SignalName
    /// -1 (buy) to 1 (sell); 0 with too few candles, and when the arithmetic failed.
    public let score: Double
    /// What the signal alone would do.
    public let action: Action
    /// 0 to 1.
    public let confidence: Double
    /// In the order in which they are shown; empty with too few candles.
    public let readings: [SignalReading]
    /// Why there is no score although the candles suffice; nil when there is one.
    public let problem: String?
}

extension Scoring {
    /// What each enabled signal said, in the order of the blend.
    /// - Parameters:
    ///   - blend: of the same configuration on the same history.
    ///   - history: as long as it was for the blend.
    public func details(_ config: SignalConfig, of blend: SignalBlend, on history: PriceHistory) -> [SignalDetail] {
        let closes = history.newest(window).closes
        return blend.scores.map { score in
            switch self {
            case .legacy: SignalDetail(score.name, LegacyScoring.opinion(of: score.name, in: config, on: closes))
            case .v2: SignalDetail(v2: score, settings: config.settings(of: score.name))
            }
        }
    }
}

extension SignalDetail {
    fileprivate init(_ name: SignalName, _ opinion: LegacyScoring.Opinion) {
        self.init(
            name: name, score: opinion.score.isFinite ? opinion.score : 0, action: opinion.action,
            confidence: opinion.confidence.isFinite ? opinion.confidence : 0, readings: opinion.readings,
            problem: opinion.problem)
    }

    /// The rules that trade give a signal neither action nor confidence of its own: they follow from its score.
    fileprivate init(v2 signal: SignalScore, settings: [SignalReading]) {
        let score = signal.score.flatMap { $0.isFinite ? $0 : nil }
        let action: Action = (score ?? 0) <= -0.2 ? .buy : ((score ?? 0) >= 0.2 ? .sell : .hold)
        self.init(
            name: signal.name, score: score ?? 0, action: action, confidence: abs(score ?? 0),
            readings: score == nil ? [] : settings, problem: nil)
    }
}

extension LegacyScoring {
    fileprivate static func opinion(
        of name: SignalName, in config: SignalConfig, on closes: [Double]
    ) -> Opinion {
        switch name {
        case .rsi: config.rsi.map { opinion(of: $0.signal, on: closes) } ?? Opinion.none
        case .movingAverage: config.movingAverage.map { opinion(of: $0.signal, on: closes) } ?? Opinion.none
        case .macd: config.macd.map { opinion(of: $0.signal, on: closes) } ?? Opinion.none
        }
    }
}

extension SignalConfig {
    fileprivate func settings(of name: SignalName) -> [SignalReading] {
        switch name {
        case .rsi: rsi?.signal.settings ?? []
        case .movingAverage: movingAverage?.signal.settings ?? []
        case .macd: macd?.signal.settings ?? []
        }
    }
}

extension RSISignal {
    var settings: [SignalReading] {
        [
            SignalReading("period", Double(period)), SignalReading("oversold_threshold", buyThreshold),
            SignalReading("overbought_threshold", sellThreshold),
        ]
    }
}

extension MovingAverageSignal {
    var settings: [SignalReading] {
        [SignalReading("fast_period", Double(fast)), SignalReading("slow_period", Double(slow))]
    }
}

extension MACDSignal {
    var settings: [SignalReading] {
        [
            SignalReading("fast_period", Double(fast)), SignalReading("slow_period", Double(slow)),
            SignalReading("signal_period", Double(signal)),
        ]
    }
}
