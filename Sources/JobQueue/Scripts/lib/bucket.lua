-- bucket.lua: the clock of a token bucket, used by every script that reads or writes one.
-- A bucket's own time follows the callers' clocks and never goes back. A caller's clock that is up to a second behind
-- adds nothing until it has caught up. A clock that is more than a second behind was set back: from then on the
-- bucket's time advances by as much as that clock advances; 'back' is its last reading.
-- Returns  nothing by itself
-- Cost     O(1)
-- Atomic because it runs within the script that includes it.
-- The bucket's own time now, unix ms, and its new 'back', or nil. `at` and `back` are the stored ones, or nil.
local function bucket_time(now, at, back)
  if not at or now >= at then return now, nil end
  if at - now <= 1000 then return at, back end
  if not back or now < back - 1000 then return at, now end
  return at + math.max(0, now - back), math.max(now, back)
end

-- Stores the 'back' that bucket_time returned, beside the other fields of the bucket.
local function store_back(key, back, had_back)
  if back then redis.call('HSET', key, 'back', string.format('%.0f', back))
  elseif had_back then redis.call('HDEL', key, 'back') end
end

-- The tokens that callers took of late, as the field 'by:<callers>' holds them: '<slot>:<tokens>' of the last seven
-- slots of ten seconds, oldest first. `taken` is the stored text, or nil; tokens that were given back are negative.
local function count_taken(taken, at, tokens)
  local slot, slots, texts = math.floor(at / 10000), {}, {}
  for known, count in string.gmatch(taken or '', '(%d+):(%d+)') do
    if tonumber(known) > slot - 7 and tonumber(known) <= slot then
      slots[#slots + 1] = {tonumber(known), tonumber(count)}
    end
  end
  if #slots == 0 or slots[#slots][1] < slot then slots[#slots + 1] = {slot, 0} end
  -- What is given back was taken in this slot or in one before it.
  for i = #slots, 1, -1 do
    local change = math.max(tokens, -slots[i][2])
    slots[i][2], tokens = slots[i][2] + change, tokens - change
  end
  for i, held in ipairs(slots) do texts[i] = string.format('%.0f:%.0f', held[1], held[2]) end
  return table.concat(texts, ' ')
end
