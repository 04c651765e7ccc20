-- date_schedule.lua: changes the activation time of the active version of the schedule, because the clock behind it was
--          wrong.
-- KEYS[1]  string  number of the newest version
-- KEYS[2]  list    the versions, newest first, as store_schedule.lua keeps them
-- KEYS[3]  string  number of leaderships so far
-- ARGV[1]  version
-- ARGV[2]  epoch of the scheduler's leadership
-- ARGV[3]  its time of activation, unix ms
-- Returns  1 changed; 0 another version is active, or stale epoch: a newer leader was elected
-- Cost     O(1), and the text
-- Atomic because a version that is stored between reading and writing would be overwritten.
local head = redis.call('LINDEX', KEYS[2], 0)
if tonumber(ARGV[2]) < tonumber(redis.call('GET', KEYS[3]) or '0') then return 0 end
if not head or redis.call('GET', KEYS[1]) ~= ARGV[1] or string.match(head, '^(%d+)\t') ~= ARGV[1] then return 0 end
redis.call('LPOP', KEYS[2])
redis.call('LPUSH', KEYS[2], ARGV[1] .. '\t' .. ARGV[3] .. string.match(head, '^%d+\t%d+(\t.*)$'))
return 1
