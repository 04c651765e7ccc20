-- judge_missing.lua: decides on jobs that are aside until it is known what became of the workers they were lost with.
-- KEYS[1...13]  the queue's keys, as in links.lua
-- KEYS[14] zset  vanished: worker -> since when it is missing, unix ms
-- ARGV[1]  now, unix ms
-- ARGV[2]  crashes after which a job is given up
-- ARGV[3]  how long a worker may be missing before that is a crash, ms
-- ARGV[4]  how many jobs at the most, 1 to 64
-- Returns  {jobs that can be run again, jobs given up}
-- Cost     O(jobs log n)
-- Atomic because a job that is taken from aside and not put anywhere would be lost.
local q, vanished, now, limit, patience = queue_at(1), KEYS[14], ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local rescued, given_up = 0, 0
-- Redis' clock was ahead when they were noted, or it was long ago and no job asks for them any more.
for _, worker in ipairs(redis.call('ZRANGEBYSCORE', vanished, '(' .. now, '+inf', 'LIMIT', 0, 64)) do
  redis.call('ZADD', vanished, now, worker)
end
redis.call('ZREMRANGEBYSCORE', vanished, '-inf', tonumber(now) - 86400000)

local function judge(id, record)
  local r = unpacked(record)
  if not r then return end
  weigh(q, r, vanished, now, patience)
  local outcome = verdict(r, now, limit, 'it never came back')
  if outcome then
    take_aside(q, id)
    local final = give_up(q, id, r, now, outcome)
    given_up = given_up + 1
    local options = links_of(final)
    if options then end_links(q, id, options, final, tonumber(now)) end
  elseif r.crashes + #r.missing < limit then
    take_aside(q, id)
    local _, reason = put_back(q, id, r, limit)
    if reason then set_aside(q, id, reason) end
    rescued = rescued + 1
  else redis.call('HSET', q.jobs, id, packed(r, 'w')) end
end

for _, member in ipairs(redis.call('ZRANGEBYLEX', q.aside, '[crash-open ', '(crash-open!', 'LIMIT', 0, ARGV[4])) do
  local id = string.match(member, ' (%S+)$')
  judge(id, redis.call('HGET', q.jobs, id))
end
call_several(q, rescued)
return {rescued, given_up}
