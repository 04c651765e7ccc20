-- extend_lease.lua: extends a worker's lease on one queue, and returns what the worker must know of its claims.
-- KEYS[1]  zset  leases: worker -> expiry, unix ms; 0 or less: the worker gave it up, or its jobs are being rescued
-- KEYS[2]  hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- ARGV[1]  worker
-- ARGV[2]  new expiry, unix ms
-- Returns  {0} the lease was lost; else {1, how many jobs it has claimed, id of each job to cancel ...}
-- Cost     O(jobs that this worker runs)
-- Atomic because a lease whose jobs are being rescued must not be extended by a late call.
-- An expired lease can be extended until a rescue of its jobs begins: until then no other worker has them.
local leases, running, worker = KEYS[1], KEYS[2], ARGV[1]
local expiry = redis.call('ZSCORE', leases, worker)
if not expiry or tonumber(expiry) <= 0 then return {0} end
-- A write that needs no memory comes first: Redis then lets the script continue when memory is full, so no lease
-- expires because of it.
redis.call('ZREM', leases, '')
redis.call('ZADD', leases, 'XX', ARGV[2], worker)
local claims = redis.call('HGETALL', running)
local answer = {1, #claims / 2}
for i = 1, #claims, 2 do
  if string.sub(claims[i + 1], -7) == ' cancel' then answer[#answer + 1] = claims[i] end
end
return answer
