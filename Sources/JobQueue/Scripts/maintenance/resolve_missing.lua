-- resolve_missing.lua: decides on jobs that are parked until their missing workers come back or count as crashed.
-- Includes batch, crash
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- KEYS[14] zset  vanished: worker -> missing since, unix ms
-- ARGV[1]  now, unix ms
-- ARGV[2]  crashes after which a job is dead
-- ARGV[3]  how long a worker may be missing before that is a crash, ms
-- ARGV[4]  how many jobs at the most, 1 to 64
-- Returns  {jobs that can run again, jobs made dead}
-- Cost     O(jobs log n)
-- Atomic because a job that is unparked and given no other place would be lost.
local q, vanished, now, limit, patience = queue_at(1), KEYS[14], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local rescued, given_up = 0, 0
-- First cleans up `vanished`: times written while Redis' clock was ahead, and old members that no job needs any more.
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', vanished, '(' .. now, '+inf', 'LIMIT', 0, 64)) do
  redis.call('ZADD', vanished, now, worker)
end
redis.call('ZREMRANGEBYSCORE', vanished, '-inf', tonumber(now) - 86400000)

local function judge(id, record)
  local r = unpack_record(record)
  if not r then return end
  resolve_missing(q, r, vanished, now, patience)
  local outcome = verdict(r, now, limit, 'it never came back')
  if outcome then
    unpark(q, id)
    local final = dead_letter(q, id, r, now, outcome)
    given_up = given_up + 1
    local options = locks_of(final)
    if options then finish_locks(q, id, options, final, tonumber(now)) end
  elseif r.crashes + #r.missing < limit then
    unpark(q, id)
    local _, reason = put_back(q, id, r, limit)
    if reason then park(q, id, reason) end
    rescued = rescued + 1
  else redis.call('HSET', q.jobs, id, pack_record(r, LIVE)) end
end

for _, member in ipairs(redis.call('ZRANGEBYLEX', q.parked, '[crash-open ', '(crash-open!', 'LIMIT', 0, ARGV[4])) do
  local id = string.match(member, ' (%S+)$')
  judge(id, redis.call('HGET', q.jobs, id))
end
notify_workers(q, rescued)
return {rescued, given_up}
