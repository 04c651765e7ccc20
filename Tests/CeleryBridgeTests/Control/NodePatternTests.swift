import Testing

@testable import CeleryBridge

struct NodePatternTests {
    static let globs: [(String, String, Bool)] = [
        ("*", "trading-1@vm", true), ("w*", "w1@host1", true), ("w?@host[0-9]", "w1@host1", true),
        ("w?@host[!0-9]", "w1@host1", false), ("[", "[", true), ("[]]", "]", true), ("[!]a]b", "xb", true),
        ("*@*@*", "w1@host1", false), ("", "", true), ("w1@host1", "w1@host10", false), ("a**b", "ab", true),
        ("[z-a]", "z", false), ("[a", "[a", true), ("*[", "x[", true),
    ]

    @Test(arguments: globs)
    func `globs fit as in Python's fnmatch`(_ pattern: String, _ name: String, _ fits: Bool) throws {
        #expect(try #require(NodePattern(pattern, matcher: "glob")).matches(name) == fits)
    }

    static let expressions: [(String, String, Bool)] = [
        ("w", "w1@host1", true), ("w$", "w1@host1", false), ("^w\\d@.*$", "w1@host1", true),
        ("(a|w)+1@(?:host|vm)\\d{1,2}$", "w1@host12", true), ("(a|w)+1@(?:host|vm)\\d{1,2}$", "w1@host123", false),
        ("[^@]+@[\\w.-]+$", "trading-1@vm.local", true), ("x*", "w1", true), ("w{2}", "ww", true),
        ("w{2,}$", "w", false), ("w{,2}$", "ww", true), ("w{x}", "w{x}", true), ("(?P<name>w)1", "w1", true),
        ("1", "w1", false), ("a|", "w", true), ("w1\\@host", "w1@host1", true), ("[\\]a]", "]", true),
        ("w.*?1$", "w1@host1", true), ("[\\D]", "5", false),
    ]

    @Test(arguments: expressions)
    func `expressions fit as in Python's re match`(_ pattern: String, _ name: String, _ fits: Bool) throws {
        #expect(try #require(NodePattern(pattern, matcher: "pcre")).matches(name) == fits)
    }

    static let refused = [
        "(", ")", "a**", "*", "(?=x)", "(a)\\1", "[a", "a{2,1}", "(?i)w", "\\bw", "a{1}{2}", "[z-a]", "\\", "(?P<a",
    ]

    @Test(arguments: refused)
    func `what is not understood fits nothing`(_ pattern: String) {
        #expect(NodePattern(pattern, matcher: "pcre") == nil)
    }

    static let endless = [
        "(a+)+$", "(a*)*(a*)*(a*)*x", "((a?){50}){50}x", "(.*){99}(.*){99}b", "((|a)+)+b", "(){999}(){999}x",
        "(((){999}){999}){999}",
    ]

    @Test(.timeLimit(.minutes(1)), arguments: endless)
    func `an expression that takes others for ever is answered soon`(_ pattern: String) {
        let name = String(repeating: "a", count: 200)
        let fits = NodePattern(pattern, matcher: "pcre")?.matches(name)
        #expect(fits != nil || pattern.hasPrefix("((a?)"))
    }

    @Test func `long, huge and unknown patterns are refused`() {
        #expect(NodePattern(String(repeating: "a", count: 1001), matcher: "glob") == nil)
        #expect(NodePattern("((a{999}){999}){999}", matcher: "pcre") == nil)
        #expect(NodePattern(String(repeating: "(", count: 900), matcher: "pcre") == nil)
        #expect(NodePattern("*", matcher: "soundex") == nil)
    }
}
