-- forget_finished.lua: forgets one finished job because a person said so.
-- KEYS[1]  list  finished jobs, newest first
-- KEYS[2]  hash  the queue's jobs: job id -> record
-- ARGV[1]  job id
-- Returns  1 forgotten; 0 it is not remembered, not finished, or dead, and nothing changed
-- Cost     O(finished jobs): LREM walks the list, which is capped at 1000
-- Atomic because a crash between the two keys would leave an id without a record.
local done, jobs, id = KEYS[1], KEYS[2], ARGV[1]
local record = redis.call('HGET', jobs, id)
local state = record and string.sub(record, 2, 2)
if state == 'c' then
  -- Cancelled while in line: its id is dropped when its turn comes, and the record says until then that it is.
  redis.call('HSET', jobs, id, '1x' .. string.sub(record, 3))
  return 1
end
if state ~= 'S' and state ~= 'C' and state ~= 'E' then return 0 end
redis.call('LREM', done, 1, id)
redis.call('HDEL', jobs, id)
return 1
