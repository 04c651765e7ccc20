import Testing

@testable import Documents

@Suite struct DocumentTimeTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (1_709_164_800_007, "2024-02-29T00:00:00.007Z"), (Int64.min, "0001-01-01T00:00:00.000Z"),
            (.max, "9999-12-31T23:59:59.999Z"), (-62_135_596_800_001, "0001-01-01T00:00:00.000Z"),
        ] as [(Int64, String)])
    func `a time is RFC 3339 in UTC, within its years`(_ milliseconds: Int64, _ text: String) {
        #expect(JSONText.of(DocumentTime(milliseconds)) == "\"\(text)\"")
        #expect(Timestamp.text(milliseconds) == text)
    }

    @Test func `no time is null`() { #expect(JSONText.of([DocumentTime(nil)]) == "[null]") }
}
