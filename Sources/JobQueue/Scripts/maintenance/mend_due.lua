-- mend_due.lua: brings forward due times that are far away because Redis' clock was ahead when the wait began.
-- Includes record
-- KEYS[1]  zset  jobs that wait: job id -> due time, unix ms
-- KEYS[2]  hash  the queue's jobs: job id -> record
-- ARGV[1]  now, unix ms
-- ARGV[2]  due times up to here are left alone, unix ms
-- ARGV[3]  how many jobs are looked at, the last ones; 1 to 64
-- Returns  the number of jobs whose time was mended
-- Cost     O(jobs log n)
-- Atomic because a job that is promoted between the look and the new time would wait again.
-- A job waits since its newest event; a job of a tick that has not started, since it was enqueued: while it waits, its
-- entry does not tick. When that moment lies in the future, the job's wait (from that moment to the due time) starts
-- now; the job is then due before that event, and is not mended again. Any other job that was enqueued for a time has
-- no event yet, and keeps that time.
local waiting, jobs, now, mended = KEYS[1], KEYS[2], tonumber(ARGV[1]), 0
local far = redis.call('ZREVRANGEBYSCORE', waiting, '+inf', '(' .. ARGV[2], 'WITHSCORES', 'LIMIT', 0, ARGV[3])
for i = 1, #far, 2 do
  local record = redis.call('HGET', jobs, far[i])
  local since = newest_event_at(record) or 0
  if since == 0 and string.find(options_text(record), '"tick":"', 1, true) then since = enqueued_at(record) or 0 end
  local due = tonumber(far[i + 1])
  if since > now + 10000 and due >= since then
    redis.call('ZADD', waiting, string.format('%.0f', now + due - since), far[i])
    mended = mended + 1
  end
end
return mended
