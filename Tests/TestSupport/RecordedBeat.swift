import Foundation

/// What a Celery producer writes, as it was recorded.
public enum RecordedBeat {
    /// A message as it lies in a list.
    public static func listed(_ task: String, id: String, beat: Bool = true, retries: Int = 0) -> String {
        """
        {"body": "W1tdLCB7fSwge31d", "content-encoding": "utf-8", "content-type": "application/json", "headers": \
        {"lang": "py", "task": "\(task)", "id": "\(id)", "shadow": null, "eta": null, "expires": null, "group": null, \
        "group_index": null, "retries": \(retries), "timelimit": [null, null], "root_id": "\(id)", "parent_id": null, \
        "argsrepr": "()", "kwargsrepr": "{}", "origin": "gen695@host1", "ignore_result": false\
        \(beat ? ", \"celery_beat_task\": true" : "")}, "properties": {"correlation_id": "\(id)", "delivery_mode": 2, \
        "delivery_info": {"exchange": "", "routing_key": "celery"}, "priority": 0, "body_encoding": "base64", \
        "delivery_tag": "t-\(id)"}}
        """
    }

    /// A `task-sent` event as it is published.
    public static func event(_ task: String, id: String, at milliseconds: Int64, timestamp: String? = nil) -> String {
        let body = """
            {"hostname": "gen695@host1", "utcoffset": 0.0, "pid": 695, "clock": 1, "uuid": "\(id)", \
            "root_id": "\(id)", "parent_id": null, "name": "\(task)", "args": "()", "kwargs": "{}", "retries": 0, \
            "eta": null, "expires": null, "queue": "celery", "exchange": "", "routing_key": "celery", \
            "timestamp": \(timestamp ?? "\(Double(milliseconds) / 1_000)"), "type": "task-sent"}
            """
        return """
            {"body": "\(Data(body.utf8).base64EncodedString())", "content-encoding": "utf-8", "content-type": \
            "application/json", "headers": {"hostname": "gen695@host1"}, "properties": {"delivery_mode": 1, \
            "delivery_info": {"exchange": "celeryev", "routing_key": "task.sent"}, "priority": 0, "body_encoding": \
            "base64", "delivery_tag": "e-\(id)"}}
            """
    }
}
