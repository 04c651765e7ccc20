-- pause.lua: pauses one queue, so that workers fetch no jobs from it, or resumes it.
-- KEYS[1]  hash  the queue's counters and settings: paused_until, paused_reason, paused_for
-- KEYS[2]  list  wake-ups for idle workers
-- ARGV[1]  'pause' or 'resume'
-- ARGV[2]  until when, unix ms; 0 until resumed
-- ARGV[3]  reason, one line
-- ARGV[4]  for how long, ms; 0 until resumed
-- Returns  1 paused or resumed; 0 a resume of a queue that was not paused
-- Cost     O(1)
-- Atomic because reason and time belong together.
local meta, wake = KEYS[1], KEYS[2]
if ARGV[1] == 'resume' then
  local changed = redis.call('HDEL', meta, 'paused_until', 'paused_reason', 'paused_for') > 0
  if changed and redis.call('LLEN', wake) < 64 then
    redis.call('RPUSH', wake, '1')
    redis.call('PEXPIRE', wake, 60000)
  end
  return changed and 1 or 0
end
redis.call('HSET', meta, 'paused_until', ARGV[2], 'paused_reason', ARGV[3], 'paused_for', ARGV[4])
return 1
