import CeleryBridge
import Testing

struct CompressionTests {
    /// `b"flotilla" * 1000` as Python's gzip, zlib, lzma and zstandard compress it.
    private static let packed = [
        (
            name: "application/x-gzip",
            text: "eJztxbEJADAMA7BbsxgChi79nx5SaVF67rYT27Zt27Zt27Zt27Y//gESbAyc"
        ),
        (
            name: "gzip",
            text: "H4sIAAAAAAACA+3FsQkAMAwDsFuzGAKGLv2fHlJpUXruthPbtm3btm3btm3btj/+AY9P2k5AHwAA"
        ),
        (
            name: "application/x-lzma",
            text: "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4B8/AC9dADMbCkOtFZFx6EZo2ZnWXn8VhRvioPQMQn2hW48eP/qnETuIC7"
                + "BuSS1EXfh2UgYAAAAstiJqIekBxgABS8A+AAAAO0krX7HEZ/sCAAAAAARZWg=="
        ),
        (
            name: "application/zstd",
            text: "KLUv/QRYhQAAQGZsb3RpbGxhAQA1v75wAVlWI9g="
        ),
    ]

    @Test(arguments: packed.map(\.name))
    func `a stream is inflated`(_ name: String) throws {
        let bytes = try Base64.decode(try #require(Self.packed.first { $0.name == name }).text)
        let inflated = try Compression.inflate(bytes, name, bound: 8000)
        #expect(inflated == Array(String(repeating: "flotilla", count: 1000).utf8))
    }

    @Test(arguments: packed.map(\.name))
    func `more than the bound is refused, and so is half a stream`(_ name: String) throws {
        let bytes = try Base64.decode(try #require(Self.packed.first { $0.name == name }).text)
        #expect(throws: WireError.self) { try Compression.inflate(bytes, name, bound: 7999) }
        let half = Array(bytes.prefix(bytes.count / 2))
        #expect(throws: WireError.self) { try Compression.inflate(half, name, bound: 8000) }
        #expect(throws: WireError.self) { try Compression.inflate([], name, bound: 8000) }
    }

    @Test(arguments: ["application/x-bz2", "application/x-brotli", "application/x-nope"])
    func `what no library here reads is refused with the names that are`(_ name: String) {
        let error = #expect(throws: WireError.self) { try Compression.inflate([1], name, bound: 8000) }
        #expect(error?.sentence.contains("zlib, gzip, lzma, zstd") == true)
    }

    @Test func `base64 is read as loosely as Python reads it`() throws {
        #expect(try Base64.decode("aGk=") == Array("hi".utf8))
        #expect(try Base64.decode("a G\nk=") == Array("hi".utf8))
        #expect(try Base64.decode("***") == [])
        #expect(throws: WireError.self) { try Base64.decode("aGk") }
        for length in 0..<10 {
            let bytes = (0..<length).map { UInt8($0 * 29) }
            #expect(try Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }
}
