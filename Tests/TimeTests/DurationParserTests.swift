import Testing

@testable import Time

struct DurationParserTests {
    @Test(arguments: [
        ("500ms", 500), ("30s", 30_000), ("5m", 300_000), ("2h", 7_200_000), ("1d", 86_400_000), ("1h30m", 5_400_000),
        ("1d2h3m4s5ms", 93_784_005), ("366d", 31_622_400_000), ("007s", 7000),
    ])
    func `a duration is whole numbers with units`(text: String, milliseconds: Int64) throws {
        #expect(try DurationParser.milliseconds(text) == milliseconds)
    }

    @Test(arguments: [
        "", "0s", "-5s", "5", "s", "1.5h", "5 m", "5M", "30m1h", "1h1h", "367d", "99999999999999999999d",
        "9223372036854775807h",
        "1d99999999999999999ms", "٣s", "1e3s", "5mm",
    ])
    func `any other duration is refused`(text: String) {
        #expect(throws: TimeError.self) { try DurationParser.milliseconds(text) }
    }

    @Test func `a rate is a whole number per unit`() throws {
        #expect(try DurationParser.rate("10/s") == Rate(count: 10, periodMilliseconds: 1000))
        #expect(try DurationParser.rate("600/m").perSecond == 10)
        #expect(try DurationParser.rate("1000/h") == Rate(count: 1000, periodMilliseconds: 3_600_000))
        for text in [
            "", "10", "/s", "10/", "0/s", "-1/s", "1.5/s", "10/d", "10/s/s", "9999999/s", "99999999999999999999/s",
            "10 /s",
        ] {
            #expect(throws: TimeError.self, "\(text)") { try DurationParser.rate(text) }
        }
    }
}
