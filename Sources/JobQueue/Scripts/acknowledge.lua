-- acknowledge.lua: ends attempts for good: result, history, counters and children in one step.
-- KEYS[1]  hash  what this worker is running: job id -> '<fence> <started, unix ms>[ cancel]'
-- KEYS[2]  hash  the queue's jobs: job id -> record
-- KEYS[3]  list  finished jobs, newest first
-- KEYS[4]  hash  the queue's counters and settings
-- KEYS[5...]     for each queue that children go to: its jobs, ready, ranked, scheduled, wake-up calls and
--                counters, as in enqueue.lua
-- ARGV[1]  now, unix ms
-- ARGV[2]  how many finished jobs are kept
-- ARGV[3]  number of jobs, 1 to 256; then four values for each: job id, fence handed out by fetch.lua,
--          final record, name of the counter to raise ('succeeded', 'cancelled', 'expired')
-- ARGV[..] number of children, 0 to 1000; then six values for each: position of its parent among the jobs,
--          position of its queue among KEYS[5...], job id, record, priority, due time in unix ms (0: now)
-- Returns  for each job 1 settled; 0 the claim had been lost, and neither the job nor its children changed
-- Cost     O(jobs + children)
-- Atomic because a crash between acknowledgement and children would lose orders, or place them twice.
local running, jobs, done, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local now, keep, count = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local ids = {}
for i = 1, count do ids[i] = ARGV[4 * i] end
local claims = redis.call('HMGET', running, unpack(ids))
local answer, released, records, raised, seen = {}, {}, {}, {}, {}
for i = 1, count do
  local at = 4 * i
  local claim = claims[i]
  if claim and not seen[ids[i]] and string.match(claim, '^%d+') == ARGV[at + 1] then
    answer[i], seen[ids[i]] = 1, true
    released[#released + 1] = ids[i]
    records[#records + 1] = ids[i]
    records[#records + 1] = ARGV[at + 2]
    raised[ARGV[at + 3]] = (raised[ARGV[at + 3]] or 0) + 1
  else
    answer[i] = 0
  end
end
if #released == 0 then return answer end
redis.call('HDEL', running, unpack(released))
redis.call('HSET', jobs, unpack(records))
redis.call('LPUSH', done, unpack(released))
local surplus = redis.call('LLEN', done) - keep
if surplus > 0 then
  local dropped = redis.call('RPOP', done, math.min(surplus, 512))
  redis.call('HDEL', jobs, unpack(dropped))
end
for counter, n in pairs(raised) do redis.call('HINCRBY', meta, counter, n) end
local slot = math.floor(now / 10000)
local window = 'window:' .. slot % 8
local held = redis.call('HGET', meta, window)
local at, good, bad = string.match(held or '', '^(%d+) (%d+) (%d+)$')
if tonumber(at) ~= slot then good, bad = 0, 0 end
redis.call('HSET', meta, window, slot .. ' ' .. good + #released .. ' ' .. bad)

local first = 4 + 4 * count
for i = 1, tonumber(ARGV[first]) do
  local at = first + 1 + (i - 1) * 6
  if answer[tonumber(ARGV[at])] == 1 then
    local base = 5 + (tonumber(ARGV[at + 1]) - 1) * 6
    local id, priority, due = ARGV[at + 2], tonumber(ARGV[at + 4]), tonumber(ARGV[at + 5])
    if redis.call('HSETNX', KEYS[base], id, ARGV[at + 3]) == 1 then
      if due > now then redis.call('ZADD', KEYS[base + 3], due, id)
      elseif priority ~= 0 then redis.call('ZADD', KEYS[base + 2], -priority, id)
      else redis.call('RPUSH', KEYS[base + 1], id) end
      redis.call('HINCRBY', KEYS[base + 5], 'enqueued', 1)
      if redis.call('LLEN', KEYS[base + 4]) < 64 then
        redis.call('RPUSH', KEYS[base + 4], '1')
        redis.call('PEXPIRE', KEYS[base + 4], 60000)
      end
    end
  end
end
return answer
