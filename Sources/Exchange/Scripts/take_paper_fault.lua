-- take_paper_fault.lua: uses up one armed fault of the paper exchange.
-- KEYS[1]  hash  fault -> how often it is still to happen
-- ARGV     names of the faults that fit the request, at most five, the preferred first
-- Returns  the name of the fault that strikes; false when none is armed
-- Cost     O(1)
-- Atomic because two requests at once must not both meet a fault that was armed once.
local faults = KEYS[1]
for index = 1, math.min(#ARGV, 5) do
  local left = tonumber(redis.call('HGET', faults, ARGV[index]) or '0')
  if left > 0 then
    if left == 1 then
      redis.call('HDEL', faults, ARGV[index])
    else
      redis.call('HINCRBY', faults, ARGV[index], -1)
    end
    return ARGV[index]
  end
end
return false
