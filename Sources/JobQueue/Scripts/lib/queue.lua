-- queue.lua: the places of a job in its queue: ready, due later, parked; and the wake-ups of idle workers.
-- Includes record
-- A queue's keys come as one block of thirteen, in this order:
--   jobs      hash  job id -> record
--   ready     list  ready jobs of ordinary priority, oldest first
--   ranked    zset  ready jobs of another priority: job id -> minus priority
--   scheduled, retrying  zset  job id -> due time, unix ms
--   dead      zset  job id -> time of death, unix ms
--   done      list  finished jobs, newest first
--   meta      hash  counters and settings
--   wake      list  wake-ups for idle workers
--   locks     hash  'u:<unique key>' -> '<until, unix ms> <job id>[ r| u]' (r: it has started; u: it ended without
--                   doing its work); 'c:<concurrency key>' -> ids of running jobs, with blanks between;
--                   'n:<concurrency key>' -> the job that was made ready for a free slot and has not started;
--                   'a:<job id>' -> its member of parked; '#seq' -> the last number
--   parked    zset  parked and waiting jobs, all scores 0: '<reason> <number> <job id>'; the reason is 'cap=<key>' (no
--                   free slot of this concurrency key), 'crashed' (its next crash would be its last), 'crash-open'
--                   (not known yet whether that crash has happened, see crash.lua), 'kind=<kind>@<version>' (no worker
--                   knows it), 'fuse=<fuse id>' (see fuse.lua) or 'batch' (waits for its children)
--   completions  list  children that finished: '<parent's queue>/<parent's id> TAB child TAB state code TAB outcome'
--   expiring  zset  'u:<unique key>' -> until when it is kept, unix ms
-- Returns  nothing by itself
-- Cost     of each function O(1) or O(log n), unless it says more
-- Atomic because it runs within the script that includes it.
local function queue_at(first)
  return {
    jobs = KEYS[first], ready = KEYS[first + 1], ranked = KEYS[first + 2], scheduled = KEYS[first + 3],
    retrying = KEYS[first + 4], dead = KEYS[first + 5], done = KEYS[first + 6], meta = KEYS[first + 7],
    wake = KEYS[first + 8], locks = KEYS[first + 9], parked = KEYS[first + 10], completions = KEYS[first + 11],
    expiring = KEYS[first + 12],
  }
end

local function push_ready(q, id, priority, first)
  if priority ~= 0 then redis.call('ZADD', q.ranked, -priority, id)
  else redis.call(first and 'LPUSH' or 'RPUSH', q.ready, id) end
end

local function schedule(q, id, priority, due, now)
  if due > now then redis.call('ZADD', q.scheduled, due, id) else push_ready(q, id, priority, false) end
end

local function notify_workers(q, jobs)
  for _ = redis.call('LLEN', q.wake) + 1, math.min(jobs, 64) do redis.call('RPUSH', q.wake, '1') end
  if jobs > 0 then redis.call('PEXPIRE', q.wake, 60000) end
end

local function notify_worker(q)
  if redis.call('LLEN', q.wake) < 64 then
    redis.call('RPUSH', q.wake, '1')
    redis.call('PEXPIRE', q.wake, 60000)
  end
end

-- Counts finished attempts in the slot of ten seconds that `now` is in; the failed ones are errors.
local function count_finished(q, now, succeeded, failed)
  local slot = math.floor(now / 10000)
  local window = 'window:' .. slot % 8
  local at, well, badly = string.match(redis.call('HGET', q.meta, window) or '', '^(%d+) (%d+) (%d+)$')
  if tonumber(at) ~= slot then well, badly = 0, 0 end
  redis.call('HSET', q.meta, window, slot .. ' ' .. well + succeeded .. ' ' .. badly + failed)
end

local function park(q, id, reason)
  local member = reason .. ' ' .. string.format('%012d', redis.call('HINCRBY', q.locks, '#seq', 1)) .. ' ' .. id
  redis.call('ZADD', q.parked, 0, member)
  redis.call('HSET', q.locks, 'a:' .. id, member)
end

-- Unparks a job. Returns the reason for which it was parked, or nil.
local function unpark(q, id)
  local member = redis.call('HGET', q.locks, 'a:' .. id)
  if not member then return nil end
  redis.call('ZREM', q.parked, member)
  redis.call('HDEL', q.locks, 'a:' .. id)
  return string.match(member, '^(%S+) ')
end

-- Unparks and returns the oldest jobs that are parked for a reason; at most `limit`.
local function unpark_oldest(q, reason, limit)
  local members = redis.call('ZRANGEBYLEX', q.parked, '[' .. reason .. ' ', '(' .. reason .. '!', 'LIMIT', 0, limit)
  local ids, fields = {}, {}
  for i = 1, #members do
    ids[i] = string.match(members[i], ' (%S+)$')
    fields[i] = 'a:' .. ids[i]
  end
  if #ids > 0 then
    redis.call('ZREM', q.parked, unpack(members))
    redis.call('HDEL', q.locks, unpack(fields))
  end
  return ids
end

-- Deletes the oldest finished jobs above a number, at most 512.
local function trim_done(q, keep)
  local surplus = redis.call('LLEN', q.done) - keep
  if surplus > 0 then redis.call('HDEL', q.jobs, unpack(redis.call('RPOP', q.done, math.min(surplus, 512)))) end
end

-- Whether `claim` has this fence.
local function holds(claim, fence) return claim and string.match(claim, '^%d+') == fence end

local function is_cancel_requested(claim) return string.sub(claim, -7) == ' cancel' end

-- Asks the worker whose claims are in `running` to stop a job.
local function request_cancel(running, id, channel, message)
  local claim = redis.call('HGET', running, id)
  if not is_cancel_requested(claim) then redis.call('HSET', running, id, claim .. ' cancel') end
  redis.call('PUBLISH', channel, message)
end
