-- leave.lua: gives up a worker's lease at its own request: at once when it runs no job, else so that its jobs are
-- rescued now. The worker is alive, so leases that it lost before count as losses and not as crashes.
-- KEYS[1]  zset  leases: worker -> expiry, unix ms
-- KEYS[2]  hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[3]  zset  vanished: worker -> missing since, unix ms
-- ARGV[1]  worker
-- Returns  the number of jobs it was still running, which are rescued even if its lease is gone; -1 it had neither
--          jobs nor a lease
-- Cost     O(log n) in the workers
-- Atomic because a claim made between looking and leaving would be left without a lease.
local leases, running, vanished, worker = KEYS[1], KEYS[2], KEYS[3], ARGV[1]
local left = redis.call('HLEN', running)
-- A write that needs no memory comes first, as in extend_lease.lua.
redis.call('ZREM', vanished, worker)
if left == 0 then return redis.call('ZREM', leases, worker) - 1 end
redis.call('ZADD', leases, 0, worker)
return left
