-- circuit_give_back.lua: takes back admissions that no job used, so that the next job need not wait for them.
-- KEYS[1]  hash  the circuit, as circuit_admit.lua keeps it
-- ARGV[1]  jobs that were admitted and not started
-- Returns  1 when that changed anything, else 0
-- Cost     O(1)
-- Atomic because an admission between the reading and the writing would be undone.
local key, jobs = KEYS[1], tonumber(ARGV[1])
local held = redis.call('HMGET', key, 'phase', 'given')
if held[1] == 'open' then return redis.call('HDEL', key, 'probe') end
if held[1] ~= 'ramping' or not held[2] then return 0 end
redis.call('HSET', key, 'given', math.max(0, tonumber(held[2]) - jobs))
return 1
