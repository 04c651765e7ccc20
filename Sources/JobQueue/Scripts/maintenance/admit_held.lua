-- admit_held.lua: makes jobs ready that are parked for a concurrency key, one for each key that has no running job and
-- none that was made ready.
-- Includes concurrency
-- KEYS[1...13]  the queue's keys, as in queue.lua
-- ARGV[1]  key to begin after; empty to begin with the first
-- ARGV[2]  how many keys at the most, 1 to 64
-- Returns  {jobs made ready, key to begin after next time; empty at the end}
-- Cost     O(keys log n) in the parked jobs
-- Atomic because a job that is unparked and not made ready would be lost.
-- A job that stops running admits the next one; this script does it after a purge or the cancellation of a ready job.
local q, after, admitted = queue_at(1), ARGV[1], 0

-- Whether a job of the key was made ready and has not started. Its id may have been given to a job without that key.
local function has_next(key)
  local id = redis.call('HGET', q.locks, 'n:' .. key)
  local record = id and redis.call('HGET', q.jobs, id)
  local options = record and state_code(record) == LIVE and locks_of(record)
  return options and options.cap == key
end

for _ = 1, tonumber(ARGV[2]) do
  local from = after == '' and '[cap=' or '(cap=' .. after .. '!'
  local member = redis.call('ZRANGEBYLEX', q.parked, from, '(cap>', 'LIMIT', 0, 1)[1]
  if not member then return {admitted, ''} end
  after = string.match(member, '^cap=(%S+) ')
  if redis.call('HEXISTS', q.locks, 'c:' .. after) == 0 and not has_next(after) and admit_next(q, after) then
    admitted = admitted + 1
  end
end
return {admitted, after}
