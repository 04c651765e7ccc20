-- paused.lua: whether a queue is paused.
-- Includes queue
-- Returns  nothing by itself
-- Cost     of the function O(1)
-- Atomic because it runs within the script that includes it.
local function is_paused(q, now)
  local till = redis.call('HGET', q.meta, 'paused_until')
  if not till or till ~= '0' and tonumber(till) <= now then return false end
  local length = tonumber(redis.call('HGET', q.meta, 'paused_for') or '0')
  -- The pause was set while the clock was ahead: it lasts its length from now on.
  if length > 0 and tonumber(till) > now + length then
    redis.call('HSET', q.meta, 'paused_until', string.format('%.0f', now + length))
  end
  return true
end
