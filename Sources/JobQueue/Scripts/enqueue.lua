-- enqueue.lua: accepts new jobs into one queue, all of them or none.
-- KEYS[1]  hash  the queue's jobs: job id -> record
-- KEYS[2]  list  ready jobs of ordinary priority, oldest first
-- KEYS[3]  zset  ready jobs of another priority: job id -> minus priority
-- KEYS[4]  zset  scheduled jobs: job id -> due time, unix ms
-- KEYS[5]  list  wake-up calls for idle workers
-- KEYS[6]  hash  the queue's counters and settings
-- ARGV[1]  now, unix ms
-- ARGV[2]  number of jobs, 1 to 1000; then four values for each:
--          job id, record, priority, due time in unix ms (0: now)
-- Returns  for each job 1 accepted, 0 a job of this id exists already and nothing was changed for it
-- Cost     O(jobs), and O(log n) for each scheduled or prioritised one
-- Atomic because a crash between the record and the list would leave a job in no state.
local jobs, ready, ranked, scheduled, wake, meta = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local now, count = tonumber(ARGV[1]), tonumber(ARGV[2])
local answer, plain, accepted = {}, {}, 0
for i = 1, count do
  local at = 3 + (i - 1) * 4
  local id, priority, due = ARGV[at], tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local new = redis.call('HSETNX', jobs, id, ARGV[at + 1])
  answer[i] = new
  if new == 1 then
    accepted = accepted + 1
    if due > now then redis.call('ZADD', scheduled, due, id)
    elseif priority ~= 0 then redis.call('ZADD', ranked, -priority, id)
    else plain[#plain + 1] = id end
  end
end
if #plain > 0 then redis.call('RPUSH', ready, unpack(plain)) end
if accepted > 0 then
  redis.call('HINCRBY', meta, 'enqueued', accepted)
  if redis.call('LLEN', wake) < math.min(accepted, 64) then
    redis.call('RPUSH', wake, '1')
    redis.call('PEXPIRE', wake, 60000)
  end
end
return answer
