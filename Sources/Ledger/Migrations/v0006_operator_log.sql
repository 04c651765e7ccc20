-- v0006_operator_log.sql: what operators changed in this file; written in the transaction of the change.

-- One row for each change, the newest 10 000. before and after are JSON for people; undoes is the row that this change has
-- taken back. changes is JSON: the rows that were written, as they were and as they were left, or NULL for a change that
-- cannot be taken back.
CREATE TABLE IF NOT EXISTS operator_log (
    id VARCHAR(40) NOT NULL PRIMARY KEY,
    at DATETIME NOT NULL,
    who VARCHAR(200) NOT NULL,
    action VARCHAR(100) NOT NULL,
    target VARCHAR(400) NOT NULL,
    why VARCHAR(200) NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    undoes VARCHAR(40),
    changes TEXT
);
CREATE INDEX IF NOT EXISTS ix_operator_log_undoes ON operator_log (undoes);
