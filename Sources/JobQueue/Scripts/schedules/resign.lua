-- resign.lua: gives up the leadership over the schedule, so that a standby takes over at once.
-- KEYS[1]  string  the leader: '<epoch> <holder> <until, unix ms>'
-- KEYS[2]  string  epoch of the last leadership that ended in order
-- ARGV[1]  holder
-- Returns  1 given up; 0 the caller did not lead
-- Cost     O(1)
-- Atomic because the lease could pass to another scheduler between reading and deleting.
local epoch, holder = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+) (.*) %d+$')
if holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], epoch)
return redis.call('DEL', KEYS[1])
