-- take_tokens.lua: takes tokens for several jobs from one to three buckets that the whole fleet shares.
-- A bucket bounds how much may be taken at once. In addition, no window of the length that the limit names (a second
-- for 10/s) ever sees more tokens than the limit, so that a full bucket and the tokens that accrue meanwhile do not add
-- up. Spent tokens are kept in at most 43 spans of a fortieth of the window, each counted as of its last token: no
-- window sees too much, and only callers in the same span wait up to a fortieth longer than necessary. A span counts
-- for a twentieth longer than the window, 50 ms at the most: a call comes a little after its token, and not always as
-- little, and the server counts calls.
-- Includes bucket
-- KEYS[1]  hash  a bucket: tokens (millionths), at (its own time, unix ms), back (see bucket.lua), closed (until when
--                nothing is given, in its own time), recent (spans of the last window, oldest first, as last:free:kept:
--                when its last token was taken, tokens of classes without and with a reserve), by:<callers> (what
--                they took of late, for display; see bucket.lua)
-- KEYS[2]  hash  what operators have set instead of the file: rate, burst, window
-- KEYS[3]  hash  the second bucket, if there is one
-- KEYS[4]  hash  the same for it
-- KEYS[5]  hash  the third bucket, if there is one
-- KEYS[6]  hash  the same for it
-- ARGV[1]  now, unix ms
-- ARGV[2]  jobs at the least; all or none
-- ARGV[3]  jobs at the most
-- ARGV[4]  number of buckets; then six values for each: rate (millionths of a token a second), burst (millionths),
--          window (ms; 0 for none), tokens that stay for other classes (whole), 1 if the caller's class has a reserve,
--          cost of a job (whole); last the name of the callers, without which nobody is noted
-- Returns  {jobs for which every bucket gave, ms until all could serve the least, millionths left in the scarcest,
--          then the own time of each bucket}; the wait is -1, -2 or -3 when that bucket can never give so much
-- Cost     O(1): at most three buckets with 43 spans
-- Atomic because two workers could otherwise take the same token, or a job keep one bucket's token while it waits for
-- another's.
local now, least, most = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local callers = ARGV[5 + 3 * #KEYS]
local noted = 'by:' .. (callers or '')

-- How many tokens the caller may take now. Unspent reserves of other classes stay untouched; within a window the
-- reserves of several classes count as one.
local function room(bucket, free, kept)
  local leave = bucket.leave
  if not bucket.keeps then leave = math.max(0, leave - kept) end
  return bucket.limit - free - kept - leave
end

local function read(i)
  local base = 5 + 6 * (i - 1)
  local set = redis.call('HMGET', KEYS[2 * i], 'rate', 'burst', 'window')
  local held = redis.call('HMGET', KEYS[2 * i - 1], 'tokens', 'at', 'back', 'closed', 'recent', noted)
  local bucket = { key = KEYS[2 * i - 1], had_back = held[3], free = 0, kept = 0, spans = {}, counts = 0 }
  bucket.taken = held[6]
  bucket.rate, bucket.burst = tonumber(set[1] or ARGV[base]), tonumber(set[2] or ARGV[base + 1])
  bucket.stay, bucket.keeps, bucket.cost = tonumber(ARGV[base + 3]), ARGV[base + 4] == '1', tonumber(ARGV[base + 5])
  local at, closed = tonumber(held[2]), tonumber(held[4] or '0')
  bucket.at, bucket.back = bucket_time(now, at, tonumber(held[3]))
  bucket.shut = math.max(0, closed - bucket.at)
  -- No tokens accrue while the bucket is closed.
  local grown = math.max(0, bucket.at - math.max(at or bucket.at, closed)) * bucket.rate / 1000
  bucket.tokens = math.min(bucket.burst, tonumber(held[1] or bucket.burst) + math.floor(grown))
  bucket.limit, bucket.leave = math.huge, 0
  local window = tonumber(set[3] or ARGV[base + 2])
  if window == 0 then return bucket end
  -- A rate such as 1000/h is no whole number of millionths a second: 0.01 makes up for the rounding.
  bucket.limit = math.max(1, math.floor(bucket.rate * window / 1000000000 + 0.01))
  bucket.width, bucket.counts = window / 40, window + math.min(window / 20, 50)
  -- Reserves are a part of the burst; of a window with fewer tokens than the burst they are the same fraction.
  bucket.leave = math.floor(bucket.stay * math.min(1, bucket.limit * 1000000 / bucket.burst))
  for last, free, kept in string.gmatch(held[5] or '', '(%d+):(%d+):(%d+)') do
    local span = { tonumber(last), tonumber(free), tonumber(kept) }
    if span[1] + bucket.counts > bucket.at then
      bucket.spans[#bucket.spans + 1] = span
      bucket.free, bucket.kept = bucket.free + span[2], bucket.kept + span[3]
    end
  end
  return bucket
end

-- How long until the bucket could give so many tokens; nil for never.
local function wait_for(bucket, tokens)
  if tokens * 1000000 > bucket.burst or tokens > bucket.limit then return nil end
  local missing = (tokens + bucket.stay) * 1000000 - bucket.tokens
  local free, kept, freed = bucket.free, bucket.kept, 0
  for _, span in ipairs(bucket.spans) do
    if room(bucket, free, kept) >= tokens then break end
    free, kept, freed = free - span[2], kept - span[3], span[1] + bucket.counts - bucket.at
  end
  -- The reserves of other classes alone may block the call: then only another setting of the limit helps.
  if room(bucket, free, kept) < tokens then freed = bucket.counts end
  return math.max(math.ceil(freed), bucket.shut + math.max(0, math.ceil(missing * 1000 / bucket.rate)))
end

local function spend(bucket, tokens)
  bucket.tokens, bucket.spent = bucket.tokens - tokens * 1000000, tokens
  if bucket.counts == 0 then return end
  local width, newest = bucket.width, bucket.spans[#bucket.spans]
  if not newest or math.floor(newest[1] / width) ~= math.floor(bucket.at / width) then
    newest = { bucket.at, 0, 0 }
    bucket.spans[#bucket.spans + 1] = newest
  end
  local class = bucket.keeps and 3 or 2
  newest[1], newest[class] = bucket.at, newest[class] + tokens
end

local function write(bucket)
  local spans = {}
  for i, span in ipairs(bucket.spans) do spans[i] = string.format('%.0f:%.0f:%.0f', span[1], span[2], span[3]) end
  redis.call('HSET', bucket.key, 'tokens', string.format('%.0f', bucket.tokens), 'at', string.format('%.0f', bucket.at),
    'recent', table.concat(spans, ' '))
  store_back(bucket.key, bucket.back, bucket.had_back)
  if callers and bucket.spent then
    redis.call('HSET', bucket.key, noted, count_taken(bucket.taken, bucket.at, bucket.spent))
  end
  local fills = math.ceil(bucket.burst * 1000 / bucket.rate)
  redis.call('PEXPIRE', bucket.key, math.ceil(bucket.shut + math.max(fills, bucket.counts)) + 60000)
end

local buckets, jobs = {}, most
for i = 1, #KEYS / 2 do
  local bucket = read(i)
  local there = bucket.shut > 0 and 0 or bucket.tokens / 1000000 - bucket.stay
  jobs = math.min(jobs, math.floor(math.min(there, room(bucket, bucket.free, bucket.kept)) / bucket.cost))
  buckets[i] = bucket
end
if jobs < least then jobs = 0 end
local answer, wait, left = { jobs }, 0, math.huge
for i, bucket in ipairs(buckets) do
  if jobs > 0 then
    spend(bucket, jobs * bucket.cost)
  elseif wait >= 0 then
    local longest = wait_for(bucket, least * bucket.cost)
    wait = longest and math.max(wait, longest) or -i
  end
  left = math.min(left, bucket.shut > 0 and 0 or bucket.tokens)
  answer[3 + i] = bucket.at
  write(bucket)
end
answer[2], answer[3] = wait, left
return answer
