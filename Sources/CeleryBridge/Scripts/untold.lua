-- untold.lua: finds jobs that ended without an attempt of their own, in a queue whose jobs are Celery's tasks.
-- KEYS[1]  hash  job id -> record
-- KEYS[2]  zset  dead jobs: job id -> time of death, unix ms
-- KEYS[3]  list  finished jobs, newest first
-- ARGV[1]  dead since this time, unix ms
-- ARGV[2]  how many of each at the most
-- Returns  their ids: dead by a script's decision (a crash, a lost lease, an output that could not be written), and
--          cancelled before any worker had them
-- Cost     O(log n + number)
-- Atomic because a record could change between the place and the look.
local found = {}
local function head_of(id)
  local record = redis.call('HGET', KEYS[1], id)
  -- What follows the fourth line are the arguments.
  return record and string.match(record, '^[^\n]*\n[^\n]*\n[^\n]*\n[^\n]*') or ''
end
for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[1], '+inf', 'LIMIT', 0, ARGV[2])) do
  local outcome = string.match(head_of(id), '\n([^\n]*)$') or ''
  for _, kind in ipairs({'crash', 'lease-lost', 'bad-output'}) do
    if string.match(outcome, '"type": ?"([^"]*)"') == kind then found[#found + 1] = id end
  end
end
for _, id in ipairs(redis.call('LRANGE', KEYS[3], 0, tonumber(ARGV[2]) - 1)) do
  -- The eighth field is the worker of the last attempt.
  if string.match(head_of(id), '^1C[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t[^\t]*\t\n') then
    found[#found + 1] = id
  end
end
return found
