-- pause_entry.lua: pauses a schedule entry or one entity of it, or ends its pause.
-- KEYS[1]  hash  entries of the queue, as in tick.lua
-- ARGV[1]  '<entry>' or '<entry>#<entity>'
-- ARGV[2]  'pause', 'resume', or 'end' for exactly the given pause
-- ARGV[3]  for pause: until when, unix ms; 0 for good. For end: the pause as it is stored
-- ARGV[4]  now, unix ms
-- ARGV[5]  what the scheduler catches up when the pause ends by itself: skip, once or all
-- ARGV[6]  author and reason, two lines
-- Returns  the pause as it was before; false when there was none, or another than the one to be ended
-- Cost     O(1)
-- Atomic because the pause that is ended must be the one that was seen.
local field = 'p:' .. ARGV[1]
local before = redis.call('HGET', KEYS[1], field)
if ARGV[2] == 'pause' then
  -- A second pause keeps the start of the first.
  local till, since = string.match(before or '', '^(%d+) (%d+) ')
  if not till or till ~= '0' and tonumber(till) <= tonumber(ARGV[4]) then since = ARGV[4] end
  -- Its length is kept, so that a clock which is ahead now cannot make it longer.
  local length = ARGV[3] == '0' and '' or string.format(' %.0f', tonumber(ARGV[3]) - tonumber(ARGV[4]))
  redis.call('HSET', KEYS[1], field, ARGV[3] .. ' ' .. since .. ' ' .. ARGV[5] .. length .. '\n' .. ARGV[6])
elseif before and (ARGV[2] == 'resume' or before == ARGV[3]) then
  redis.call('HDEL', KEYS[1], field, 'f:' .. ARGV[1])
else
  return false
end
return before
