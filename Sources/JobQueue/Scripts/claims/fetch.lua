-- fetch.lua: gives ready jobs of one queue to a worker, each under a claim with a fence.
-- Includes fuse, paused
-- KEYS[1...13]  the queue's keys, as in queue.lua; of meta: fence, paused_until,
--          paused_for
-- KEYS[14] hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[15] zset  leases: worker -> expiry, unix ms
-- KEYS[16] hash  the fuses of the queue, as in fuse.lua
-- ARGV[1]  worker
-- ARGV[2]  now, unix ms
-- ARGV[3]  how many jobs at the most, 1 to 256
-- ARGV[4]  'ready', or a park reason whose parked jobs are taken instead of the ready ones
-- ARGV[5]  '1' takes one job whose next crash would be its last, if there is one, and no other job: if the worker
--          crashes, that job must be the cause
-- Returns  {'lost'} without a lease, or when it has ended; {'paused'}; else the fence, then job id and record of each
--          job, and at the end 1 when the first job is one whose next crash would be its last
-- Cost     O(jobs), and O(fuses) once for each kind that has one
-- Atomic because a crash between the pop and the claim would lose the jobs.
local q, running, leases = queue_at(1), KEYS[14], KEYS[15]
local ready, ranked, now, wanted = q.ready, q.ranked, tonumber(ARGV[2]), tonumber(ARGV[3])
local expiry = redis.call('ZSCORE', leases, ARGV[1])
if not expiry or tonumber(expiry) <= now then return {'lost'} end
if is_paused(q, now) then return {'paused'} end

local ids, crashed = {}, nil
local function take_ranked(from, to)
  local taken = redis.call('ZRANGEBYSCORE', ranked, from, to, 'LIMIT', 0, wanted - #ids)
  if #taken > 0 then
    redis.call('ZREM', ranked, unpack(taken))
    for i = 1, #taken do ids[#ids + 1] = taken[i] end
  end
end
if ARGV[4] == 'ready' then
  if ARGV[5] == '1' then
    ids = unpark_oldest(q, 'crashed', 1)
    crashed = ids[1]
    if crashed then wanted = 1 end
  end
  local prioritised = redis.call('EXISTS', ranked) == 1
  if prioritised and #ids < wanted then take_ranked('-inf', '(0') end
  if #ids < wanted then
    local taken = redis.call('LPOP', ready, wanted - #ids)
    if taken then for i = 1, #taken do ids[#ids + 1] = taken[i] end end
  end
  if prioritised and #ids < wanted then take_ranked('(0', '+inf') end
else
  ids = unpark_oldest(q, ARGV[4], wanted)
end
if #ids == 0 then return {} end

local records = redis.call('HMGET', q.jobs, unpack(ids))
local fence = redis.call('HINCRBY', q.meta, 'fence', 1)
local answer, claims = {fence}, {}
local kinds, unfused, find = redis.call('HGET', KEYS[16], '#kinds'), nil, string.find
local claim = fence .. ' ' .. ARGV[2]
for i = 1, #ids do
  local record = records[i]
  local state = record and state_code(record)
  if state == LIVE then
    local options, is_parked = locks_of(record), false
    if kinds and not (unfused and find(record, unfused, 3, true) == 3) then
      local last = unfused_end(kinds, record)
      if not last then is_parked = park_fused(q, KEYS[16], ids[i], record, options, ARGV[2])
      elseif i < #ids then unfused = string.sub(record, 3, last) end
    end
    if not is_parked and (not options or start_locks(q, ids[i], options)) then
      answer[#answer + 1] = ids[i]
      answer[#answer + 1] = record
      claims[#claims + 1] = ids[i]
      claims[#claims + 1] = claim
    end
  elseif state == CANCELLED_IN_READY then
    redis.call('HSET', q.jobs, ids[i], with_state(record, CANCELLED))
    redis.call('LPUSH', q.done, ids[i])
    redis.call('HINCRBY', q.meta, 'tombstones', -1)
  elseif state == DELETED_IN_READY then
    redis.call('HDEL', q.jobs, ids[i])
    redis.call('HINCRBY', q.meta, 'tombstones', -1)
  end
end
if #claims > 0 then redis.call('HSET', running, unpack(claims)) end
if crashed and answer[2] == crashed then answer[#answer + 1] = 1 end
if #ids == wanted and redis.call('LLEN', q.wake) == 0 and redis.call('EXISTS', ready, ranked) > 0 then
  redis.call('RPUSH', q.wake, '1')
  redis.call('PEXPIRE', q.wake, 60000)
end
return answer
