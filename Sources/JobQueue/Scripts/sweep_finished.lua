-- sweep_finished.lua: drops finished jobs that are older than the retention period.
-- KEYS[1]  list  finished jobs, newest first
-- KEYS[2]  hash  the queue's jobs: job id -> record
-- ARGV[1]  finished before this, unix ms
-- ARGV[2]  how many at the most, 1 to 256
-- Returns  the number of jobs dropped
-- Cost     O(jobs)
-- Atomic because a crash between the two keys would leave a record in no state.
local done, jobs = KEYS[1], KEYS[2]
local before, dropped = tonumber(ARGV[1]), 0
local ids = redis.call('LRANGE', done, -tonumber(ARGV[2]), -1)
for i = #ids, 1, -1 do
  local record = redis.call('HGET', jobs, ids[i])
  local finished = record and string.match(record, '^1.[^\t]*\t[^\t]*\t%d+\t%d+\t%d*\t%d*\t(%d+)')
  if finished and tonumber(finished) >= before then break end
  redis.call('RPOP', done)
  redis.call('HDEL', jobs, ids[i])
  dropped = dropped + 1
end
return dropped
