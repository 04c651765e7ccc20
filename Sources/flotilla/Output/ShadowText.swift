import CeleryBridge
import Documents
/// A comparison with beat as people and scripts read it.
struct ShadowText {
    let comparison: ShadowComparison
    let heard: HeardMessages
    /// Entries for which no task was heard and none was given.
    let silent: [String]

    func printText() {
        let length = Shown.age(milliseconds: heard.window.upperBound - heard.window.lowerBound)
        print(
            "\(length) from \(Timestamp.text(heard.window.lowerBound)), queues \(heard.queues.joined(separator: ", "))")
        print("")
        Terminal.printTable(
            ["ENTRY", "TASK", "MATCHED", "MISSING", "EXTRA", "OFFSET", "JITTER"],
            comparison.stories.map { story in
                [
                    story.entry, Shown.line(story.task), "\(story.matched)", "\(story.missing.count)",
                    "\(story.extra.count)", Self.signed(story.offset), Shown.age(milliseconds: story.jitter),
                ]
            })
        for story in comparison.stories {
            for time in story.missing.prefix(5) {
                print("  \(story.entry): beat sent nothing at \(Timestamp.text(time))")
            }
            for time in story.extra.prefix(5) {
                print("  \(story.entry): beat sent one at \(Timestamp.text(time)), no tick")
            }
        }
        for (task, count) in comparison.unknown.sorted(by: { $0.key < $1.key }) {
            print(
                "  \(Shown.line(task)): \(count) from beat, and no entry stands for it. Name it: --map TASK=ENTRY"
            )
        }
        if !silent.isEmpty {
            print("Not compared, for no task of theirs was heard: \(silent.joined(separator: ", ")).")
        }
        if heard.byEvent == 0 {
            print(
                "No events of sent tasks came: what a worker takes at once is not seen. Set task_send_sent_event in "
                    + "Celery's settings.")
        }
        print(verdict)
    }

    private var verdict: String {
        guard comparison.hasEvidence else {
            let heard = heard.messages.isEmpty ? "Nothing was heard" : "No tick of an entry was heard of"
            return "\(heard), so nothing was compared. Is beat running, are these its broker and queues (--broker, "
                + "--queue)? Listen for longer than the longest interval (--for)."
        }
        guard comparison.agrees else { return "They do not agree." }
        return silent.isEmpty ? "They agree." : "Those that were compared agree."
    }

    private static func signed(_ milliseconds: Int64) -> String {
        (milliseconds < 0 ? "-" : "+") + Shown.age(milliseconds: abs(milliseconds))
    }

    var document: ShadowDocument {
        ShadowDocument(
            window: heard.window, agrees: comparison.hasEvidence ? comparison.agrees : nil,
            messages: heard.messages.count, events: heard.byEvent,
            entries: comparison.stories.map { story in
                ShadowDocument.Entry(
                    name: story.entry, task: story.task, matched: story.matched, missing: story.missing,
                    extra: story.extra, offsetMs: story.offset, jitterMs: story.jitter)
            }, unknown: comparison.unknown, notCompared: silent)
    }
}
