-- fetch.lua: hands ready jobs of one queue to a worker, each under a claim with a fence.
-- KEYS[1]  list  ready jobs of ordinary priority, oldest first
-- KEYS[2]  zset  ready jobs of another priority: job id -> minus priority
-- KEYS[3]  hash  the queue's jobs: job id -> record
-- KEYS[4]  hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[5]  zset  leases: worker -> expiry, unix ms
-- KEYS[6]  hash  the queue's counters and settings: fence, paused_until
-- KEYS[7]  list  finished jobs, newest first
-- KEYS[8]  list  wake-up calls for idle workers
-- ARGV[1]  worker
-- ARGV[2]  now, unix ms
-- ARGV[3]  how many jobs at the most, 1 to 256
-- Returns  {'lost'} without a lease; {'paused'}; else the fence, then job id and record of each job
-- Cost     O(jobs)
-- Atomic because a crash between the pop and the claim would lose the jobs.
local ready, ranked, jobs, running, leases, meta, done, wake =
  KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local worker, now, wanted = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local expiry = redis.call('ZSCORE', leases, worker)
if not expiry or tonumber(expiry) <= now then return {'lost'} end
local paused = redis.call('HGET', meta, 'paused_until')
if paused and (paused == '0' or tonumber(paused) > now) then return {'paused'} end

local ids = {}
local function rank(from, to)
  local taken = redis.call('ZRANGEBYSCORE', ranked, from, to, 'LIMIT', 0, wanted - #ids)
  if #taken > 0 then
    redis.call('ZREM', ranked, unpack(taken))
    for i = 1, #taken do ids[#ids + 1] = taken[i] end
  end
end
local prioritised = redis.call('EXISTS', ranked) == 1
if prioritised then rank('-inf', '(0') end
if #ids < wanted then
  local taken = redis.call('LPOP', ready, wanted - #ids)
  if taken then for i = 1, #taken do ids[#ids + 1] = taken[i] end end
end
if prioritised and #ids < wanted then rank('(0', '+inf') end
if #ids == 0 then return {} end

local records = redis.call('HMGET', jobs, unpack(ids))
local fence = redis.call('HINCRBY', meta, 'fence', 1)
local answer, claims = {fence}, {}
local claim = fence .. ' ' .. ARGV[2]
for i = 1, #ids do
  local record = records[i]
  local state = record and string.sub(record, 2, 2)
  if state == 'w' then
    answer[#answer + 1] = ids[i]
    answer[#answer + 1] = record
    claims[#claims + 1] = ids[i]
    claims[#claims + 1] = claim
  elseif state == 'c' then
    redis.call('HSET', jobs, ids[i], '1C' .. string.sub(record, 3))
    redis.call('LPUSH', done, ids[i])
    redis.call('HINCRBY', meta, 'tombstones', -1)
  elseif state == 'x' then
    redis.call('HDEL', jobs, ids[i])
    redis.call('HINCRBY', meta, 'tombstones', -1)
  end
end
if #claims > 0 then redis.call('HSET', running, unpack(claims)) end
if #ids == wanted and redis.call('LLEN', wake) == 0 and redis.call('EXISTS', ready, ranked) > 0 then
  redis.call('RPUSH', wake, '1')
  redis.call('PEXPIRE', wake, 60000)
end
return answer
