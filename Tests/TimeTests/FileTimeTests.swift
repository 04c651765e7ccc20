import Foundation
import Testing

@testable import Time

/// Modification times as file systems hand them out.
struct FileTimeTests {
    @Test(arguments: [Int.max, Int.min, 1 << 60, -(1 << 60)])
    func `a file of any year can be read`(seconds: Int) {
        let milliseconds = FileBytes.milliseconds(timespec(tv_sec: seconds, tv_nsec: 1))
        #expect(milliseconds.magnitude > 1 << 50 && (milliseconds < 0) == (seconds < 0))
    }

    @Test func `a whole second is taken for its end`() {
        #expect(FileBytes.milliseconds(timespec(tv_sec: 5, tv_nsec: 0)) == 5_999)
        #expect(FileBytes.milliseconds(timespec(tv_sec: 5, tv_nsec: 7_000_000)) == 5_007)
    }
}
