-- clamp_leases.lua: shortens leases that expire later than any lease can: Redis' clock was ahead when they were taken.
-- KEYS[1]  zset  leases: worker -> expiry, unix ms
-- ARGV[1]  the latest valid expiry, unix ms
-- ARGV[2]  the new one, unix ms
-- ARGV[3]  how many at the most, 1 to 64
-- Returns  the number of leases shortened
-- Cost     O(leases log n)
-- Atomic because a worker that extends its lease meanwhile would have it shortened.
local late = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. ARGV[1], '+inf', 'LIMIT', 0, ARGV[3])
for i = 1, #late do redis.call('ZADD', KEYS[1], ARGV[2], late[i]) end
return #late
