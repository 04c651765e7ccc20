-- circuit_succeed.lua: records a success of a dependency: clears the failure counts, and starts the ramp after a probe.
-- KEYS[1]  hash  the circuit, as circuit_admit.lua keeps it
-- ARGV[1]  now, unix ms
-- ARGV[2]  when the attempt was started, unix ms
-- Returns  0 nothing was changed, 1 failures were forgotten, 2 the ramp begins
-- Cost     O(1)
-- Atomic because an operator could open the circuit between the reading and the writing.
local key, now, started = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local held = redis.call('HMGET', key, 'phase', 'until', 'probe')
if held[1] ~= 'open' then return redis.call('HDEL', key, 'failures') end
local till = tonumber(held[2])
-- As in circuit_fail.lua: an attempt that started before the outage does not end it.
if not held[3] or now < till or started < till - 500 then return 0 end
redis.call('HDEL', key, 'probe', 'hand', 'failures', 'slot', 'given')
redis.call('HSET', key, 'phase', 'ramping', 'ramp', ARGV[1])
redis.call('PEXPIRE', key, 86400000)
return 2
