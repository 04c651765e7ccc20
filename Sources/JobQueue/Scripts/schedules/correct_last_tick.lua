-- correct_last_tick.lua: makes an entry continue from now when its last handled tick is ahead of the clock, which was
--          wrong then or is wrong now.
-- Includes json
-- KEYS[1]  hash  the queue's counters and settings: epoch, last:<entry>, ran:<entry>, ahead:<entry> (the newest
--          time that was handled while the clock was ahead)
-- KEYS[2]  list  the entry's history, newest first, as in tick.lua
-- ARGV[1]  epoch of the scheduler's leadership
-- ARGV[2]  name of the schedule entry
-- ARGV[3]  the last handled time that the scheduler has seen, unix ms; another one changes nothing
-- ARGV[4]  now, unix ms, before that
-- ARGV[5]  detail, a JSON string
-- ARGV[6]  how many records of the history are kept
-- Returns  the time that counts as handled now; -1 stale epoch: a newer leader was elected
-- Cost     O(1)
-- Atomic because a crash between the time and its record would leave a gap in the history that nothing explains.
local meta, history, field = KEYS[1], KEYS[2], 'last:' .. ARGV[2]
if tonumber(ARGV[1]) < tonumber(redis.call('HGET', meta, 'epoch') or '0') then return -1 end
local last = redis.call('HGET', meta, field)
if last ~= ARGV[3] then return tonumber(last or ARGV[4]) end
redis.call('HSET', meta, field, ARGV[4])
local ahead = redis.call('HGET', meta, 'ahead:' .. ARGV[2])
if not ahead or tonumber(ahead) < tonumber(last) then redis.call('HSET', meta, 'ahead:' .. ARGV[2], last) end
-- A last run in the future is no run.
local ran = redis.call('HGET', meta, 'ran:' .. ARGV[2])
if ran and tonumber(ran) > tonumber(ARGV[4]) then redis.call('HDEL', meta, 'ran:' .. ARGV[2]) end
local now = json(ARGV[4])
redis.call('LPUSH', history, json_object('first', now, 'nominal', now, 'count', 0, 'at', now, 'epoch', json(ARGV[1]),
  'outcome', 'clock-corrected', 'detail', json(ARGV[5]), 'jobs', 0))
if redis.call('LLEN', history) > tonumber(ARGV[6]) then redis.call('RPOP', history) end
return tonumber(ARGV[4])
