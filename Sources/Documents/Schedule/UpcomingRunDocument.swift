/// A tick to come: `schedule next`. What does not apply is left out.
public struct UpcomingRunDocument: Encodable, Sendable {
    let name: String?
    let at: DocumentTime
    let due: DocumentTime?
    let skipped: String?
    let local, timezone, daylight, meant: String?

    /// The wall clock of the entry's zone at a tick.
    public struct LocalTime: Sendable {
        let local, timezone: String
        let daylight, meant: String?

        /// - Parameters:
        ///   - local: with its offset from UTC.
        ///   - timezone: the IANA name.
        ///   - daylight: what a change of the clocks has to do with it, such as `gap`; nil for nothing.
        ///   - meant: the local time that does not exist; nil unless `daylight` is `gap`.
        public init(local: String, timezone: String, daylight: String?, meant: String?) {
            self.local = local
            self.timezone = timezone
            self.daylight = daylight
            self.meant = meant
        }
    }

    /// - Parameters:
    ///   - name: of the entry; nil for an expression.
    ///   - at: the nominal time, unix milliseconds.
    ///   - due: when its job becomes ready, unix milliseconds; nil when that is at once or differs by entity.
    ///   - skipped: why the tick will be recorded as skipped; nil when it counts.
    ///   - local: nil for an interval, and for a cron entry in UTC.
    public init(name: String?, at: Int64, due: Int64?, skipped: String?, local: LocalTime?) {
        self.name = name
        self.at = DocumentTime(at)
        self.due = due.map { DocumentTime($0) }
        self.skipped = skipped
        self.local = local?.local
        timezone = local?.timezone
        daylight = local?.daylight
        meant = local?.meant
    }
}
