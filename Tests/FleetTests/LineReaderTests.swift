import Testing

@testable import Fleet

struct LineSplitterTests {
    @Test func `lines are put together across reads`() {
        var lines = LineSplitter()
        #expect(lines.take(Array("one\ntw".utf8)) == ["one"])
        #expect(lines.take(Array("o\r\n\nrest".utf8)) == ["two", ""])
        #expect(lines.finish() == "rest")
        #expect(lines.finish() == nil)
    }

    @Test func `a line without end does not grow without bound`() {
        var lines = LineSplitter()
        let bytes = [UInt8](repeating: UInt8(ascii: "x"), count: LineSplitter.maxLineBytes * 2 + 1)
        #expect(lines.take(bytes).map(\.utf8.count) == [LineSplitter.maxLineBytes, LineSplitter.maxLineBytes])
        #expect(lines.finish() == "x")
    }
}
