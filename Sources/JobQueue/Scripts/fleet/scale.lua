-- scale.lua: sets how many processes pools should have, unless somebody else changed them since the caller looked.
-- KEYS[1]  hash  processes that were set: pool -> number, and ':at' -> when, unix ms; a pool that is not in it has the
--                number of the schedule
-- ARGV[1]  now, unix ms
-- ARGV[2]  number of pools; then three values for each: its name, the number that the caller has seen and the new one,
--          both empty for none
-- Returns  {'set'}; {'same'}: each had its new number; {'conflict', a pool, its number or ''}. Only the first changed
--          anything
-- Cost     O(pools that are named)
-- Atomic because one of two operators who scale at once must get a conflict, and a call sets all of its pools or none.
local changed = {}
for i = 1, tonumber(ARGV[2]) do
  local pool, seen, wanted = ARGV[3 * i], ARGV[3 * i + 1], ARGV[3 * i + 2]
  local current = redis.call('HGET', KEYS[1], pool) or ''
  if current ~= wanted then
    if current ~= seen then return {'conflict', pool, current} end
    changed[#changed + 1] = {pool, wanted}
  end
end
for _, change in ipairs(changed) do
  if change[2] == '' then
    redis.call('HDEL', KEYS[1], change[1])
  else
    redis.call('HSET', KEYS[1], change[1], change[2])
  end
end
if #changed == 0 then return {'same'} end
redis.call('HSET', KEYS[1], ':at', ARGV[1])
return {'set'}
