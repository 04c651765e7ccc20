-- sweep_bin.lua: removes from the bin what operators have changed too long ago to undo it.
-- KEYS[1]  zset  the bin: '<operation> <number> <job id>', all scores 0
-- KEYS[2]  hash  the bin: member -> the job as it was; '#bytes' -> the length of all of them
-- ARGV[1]  the first operation that is kept: ids of operations sort by time
-- ARGV[2]  how many at the most, 1 to 256
-- Returns  the number of jobs removed
-- Cost     O(jobs log n)
-- Atomic because a crash between the keys would leave a job that nothing removes.
local members = redis.call('ZRANGEBYLEX', KEYS[1], '-', '(' .. ARGV[1], 'LIMIT', 0, ARGV[2])
if #members == 0 then return 0 end
local bytes = tonumber(redis.call('HGET', KEYS[2], '#bytes') or '0')
for i = 1, #members do bytes = bytes - redis.call('HSTRLEN', KEYS[2], members[i]) end
redis.call('ZREM', KEYS[1], unpack(members))
redis.call('HDEL', KEYS[2], unpack(members))
if redis.call('ZCARD', KEYS[1]) == 0 then redis.call('DEL', KEYS[2])
else redis.call('HSET', KEYS[2], '#bytes', string.format('%.0f', bytes)) end
return #members
