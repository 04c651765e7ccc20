-- admit_held.lua: puts jobs back in line that waited for their capped key, one for each key of which none runs or is
-- about to.
-- KEYS[1...13]  the queue's keys, as in links.lua
-- ARGV[1]  key to begin after; empty to begin with the first
-- ARGV[2]  how many keys at the most, 1 to 64
-- Returns  {jobs put in line, key to begin after next time; empty at the end}
-- Cost     O(keys log n) in the jobs that are aside
-- Atomic because a job that is taken from aside and not put in line would be lost.
-- Whoever stops running admits the next one; this mends what a purge or a cancelled job in line has left.
local q, after, admitted = queue_at(1), ARGV[1], 0

-- Whether one is in line that has been put there before. It is not if its id was given to a job without that key.
local function has_next(key)
  local id = redis.call('HGET', q.links, 'n:' .. key)
  local record = id and redis.call('HGET', q.jobs, id)
  local options = record and string.sub(record, 2, 2) == 'w' and links_of(record)
  return options and options.cap == key
end

for _ = 1, tonumber(ARGV[2]) do
  local from = after == '' and '[cap=' or '(cap=' .. after .. '!'
  local member = redis.call('ZRANGEBYLEX', q.aside, from, '(cap>', 'LIMIT', 0, 1)[1]
  if not member then return {admitted, ''} end
  after = string.match(member, '^cap=(%S+) ')
  if redis.call('HEXISTS', q.links, 'c:' .. after) == 0 and not has_next(after) and admit_next(q, after) then
    admitted = admitted + 1
  end
end
return {admitted, after}
