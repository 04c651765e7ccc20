-- sweep_finished.lua: drops finished jobs that are older than the retention period, and unique keys past their time.
-- Includes unique
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- ARGV[1]  finished before this, unix ms
-- ARGV[2]  how many of each at the most, 1 to 256
-- ARGV[3]  now, unix ms
-- Returns  {jobs dropped, unique keys that were due}
-- Cost     O(jobs + keys log n)
-- Atomic because a crash between the two keys would leave a record in no state.
local q = queue_at(1)
local before, dropped = tonumber(ARGV[1]), 0
local ids = redis.call('LRANGE', q.done, -tonumber(ARGV[2]), -1)
for i = #ids, 1, -1 do
  local record = redis.call('HGET', q.jobs, ids[i])
  local finished = finished_at(record)
  if finished and finished >= before then break end
  redis.call('RPOP', q.done)
  redis.call('HDEL', q.jobs, ids[i])
  dropped = dropped + 1
end
local keys = redis.call('ZRANGEBYSCORE', q.expiring, '-inf', ARGV[3], 'LIMIT', 0, ARGV[2])
for i = 1, #keys do
  local key = string.sub(keys[i], 3)
  local holder, till = unique_holder(q, key)
  local theirs = holder and redis.call('HGET', q.jobs, holder)
  local code = theirs and state_code(theirs)
  -- An unfinished job releases its key when it finishes.
  if holder and not is_unfinished(code) and till <= tonumber(ARGV[3]) then redis.call('HDEL', q.locks, keys[i]) end
  redis.call('ZREM', q.expiring, keys[i])
end
return {dropped, #keys}
