-- resign.lua: gives up the leadership over the schedule, so that a standby takes over at once.
-- KEYS[1]  string  the leader: '<epoch> <holder> <until, unix ms>'
-- ARGV[1]  holder
-- Returns  1 given up; 0 the caller did not lead
-- Cost     O(1)
-- Atomic because the lease could pass to another scheduler between reading and deleting.
local current = redis.call('GET', KEYS[1])
if not current or string.match(current, '^%d+ (.*) %d+$') ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
