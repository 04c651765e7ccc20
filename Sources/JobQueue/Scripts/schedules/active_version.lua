-- active_version.lua: returns the stamp of the active version of the schedule, without its text.
-- KEYS[1]  list  the versions, newest first: one line about the version, line break, text
-- Returns  the line of the newest version, as store_schedule.lua writes it; empty when there is none
-- Cost     O(1), and the text
-- Atomic because it is one command; it is a script so that Redis does not send a text of up to a megabyte for its first
-- line.
local head = redis.call('LINDEX', KEYS[1], 0)
return head and string.match(head, '^[^\n]*') or ''
