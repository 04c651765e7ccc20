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
