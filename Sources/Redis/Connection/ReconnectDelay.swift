/// How long to wait before the next attempt to connect. Pure.
enum ReconnectDelay {
    /// Doubles from `first` up to `longest`, then takes off up to half by chance, so that a fleet does not return all
    /// at once.
    /// - Parameter failures: attempts that have failed in a row, from 1.
    static func delay(
        afterFailures failures: Int, first: Duration, longest: Duration, using random: inout some RandomNumberGenerator
    ) -> Duration {
        // 2^20 times any sensible first delay is beyond the longest.
        let doublings = min(max(failures - 1, 0), 20)
        let longest = min(longest, .seconds(86_400))
        let full = min(min(first, longest) * (1 << doublings), longest)
        return full * Double.random(in: 0.5...1, using: &random)
    }
}
