-- give_back_tokens.lua: puts tokens that were taken and not used back into one to three buckets.
-- Includes bucket
-- KEYS[1]  hash  a bucket, as take_tokens.lua keeps it
-- KEYS[2]  hash  what operators have set instead of the file: rate, burst, window
-- KEYS[3]  hash  the second bucket, if there is one
-- KEYS[4]  hash  the same for it
-- KEYS[5]  hash  the third bucket, if there is one
-- KEYS[6]  hash  the same for it
-- ARGV[1]  now, unix ms
-- ARGV[2]  number of buckets; then five values for each: burst (millionths), window (ms; 0 for none), 1 if the class
--          that took them has a reserve, tokens (whole), when they were taken in the bucket's own time (-1: not known);
--          last the name of the callers, if it is known
-- Returns  how many buckets took them: a bucket that has expired is full, one that is closed opens empty
-- Cost     O(1): at most three buckets with 43 spans
-- Atomic because a take between the reading and the writing would be undone.
local now, callers = tonumber(ARGV[1]), ARGV[3 + 5 * #KEYS / 2]
local noted = 'by:' .. (callers or '')

-- Removes a class's tokens from the window, starting with the oldest span that can hold them: if that span holds other
-- tokens of the class, the rest counts as spent later than it was, never earlier.
local function forget(recent, class, tokens, taken_at)
  local spans = {}
  for last, free, kept in string.gmatch(recent, '(%d+):(%d+):(%d+)') do
    local span = { tonumber(last), tonumber(free), tonumber(kept) }
    if span[1] >= taken_at then
      local less = math.min(tokens, span[class])
      tokens, span[class] = tokens - less, span[class] - less
    end
    if span[2] + span[3] > 0 then spans[#spans + 1] = string.format('%.0f:%.0f:%.0f', span[1], span[2], span[3]) end
  end
  return table.concat(spans, ' ')
end

local took = 0
for i = 1, #KEYS / 2 do
  local key, base = KEYS[2 * i - 1], 5 * i - 2
  local set = redis.call('HMGET', KEYS[2 * i], 'burst', 'window')
  local held = redis.call('HMGET', key, 'tokens', 'at', 'back', 'closed', 'recent', noted)
  local at = held[1] and held[2] and bucket_time(now, tonumber(held[2]), tonumber(held[3]))
  if at and tonumber(held[4] or '0') <= at then
    local burst, window = tonumber(set[1] or ARGV[base]), tonumber(set[2] or ARGV[base + 1])
    local class = ARGV[base + 2] == '1' and 3 or 2
    local tokens, taken_at = tonumber(ARGV[base + 3]), tonumber(ARGV[base + 4])
    local there = math.max(tonumber(held[1]), math.min(burst, tonumber(held[1]) + tokens * 1000000))
    redis.call('HSET', key, 'tokens', string.format('%.0f', there))
    if callers and held[6] then redis.call('HSET', key, noted, count_taken(held[6], at, -tokens)) end
    -- Tokens that have left the window must not be subtracted from newer ones.
    if taken_at >= 0 and taken_at + window + math.min(window / 20, 50) > at then
      redis.call('HSET', key, 'recent', forget(held[5] or '', class, tokens, taken_at))
    end
    took = took + 1
  end
end
return took
