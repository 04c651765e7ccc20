-- extend_lease.lua: keeps a worker's lease on one queue, and tells it which of its jobs are to be cancelled.
-- KEYS[1]  zset  leases: worker -> expiry, unix ms
-- KEYS[2]  hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- ARGV[1]  worker
-- ARGV[2]  now, unix ms
-- ARGV[3]  new expiry, unix ms
-- Returns  {0} the lease was lost; else {1, id of each job to cancel ...}
-- Cost     O(jobs that this worker runs)
-- Atomic because a lease that was found expired must not be kept alive by a late call.
local leases, running, worker = KEYS[1], KEYS[2], ARGV[1]
local expiry = redis.call('ZSCORE', leases, worker)
if not expiry or tonumber(expiry) <= tonumber(ARGV[2]) then return {0} end
-- A full Redis refuses ZADD as a script's first write, and takes it after one that frees memory: a fleet that cannot
-- take new jobs must not lose those that it runs.
redis.call('ZREM', leases, worker)
redis.call('ZADD', leases, ARGV[3], worker)
local answer, claims = {1}, redis.call('HGETALL', running)
for i = 1, #claims, 2 do
  if string.sub(claims[i + 1], -7) == ' cancel' then answer[#answer + 1] = claims[i] end
end
return answer
