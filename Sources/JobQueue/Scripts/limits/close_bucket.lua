-- close_bucket.lua: closes a bucket, so that it gives no tokens, for the time that the server behind it demanded.
-- Includes bucket
-- KEYS[1]  hash  the bucket, as take_tokens.lua keeps it
-- KEYS[2]  hash  what operators have set instead of the file: rate, burst, window
-- ARGV[1]  now, unix ms
-- ARGV[2]  how long, ms; an earlier end than the one known changes nothing
-- ARGV[3]  rate, millionths of a token a second
-- ARGV[4]  burst, millionths of a token
-- ARGV[5]  window, ms; 0 for none
-- Returns  for how long it is closed now, ms
-- Cost     O(1)
-- Atomic because when two workers are refused at once the later time must stay.
local bucket, now = KEYS[1], tonumber(ARGV[1])
local set = redis.call('HMGET', KEYS[2], 'rate', 'burst', 'window')
local rate, burst = tonumber(set[1] or ARGV[3]), tonumber(set[2] or ARGV[4])
local window = tonumber(set[3] or ARGV[5])
local held = redis.call('HMGET', bucket, 'at', 'back', 'closed')
local closed = tonumber(held[3] or '0')
-- The bucket's own time: a clock that is set back cannot keep it closed for longer.
local at, back = bucket_time(now, tonumber(held[1]), tonumber(held[2]))
local till = at + tonumber(ARGV[2])
if till <= closed then return closed - at end
-- The bucket opens empty: a full one would send a burst to a server that has just refused calls. So its tokens are
-- removed, and none accrue until it opens.
redis.call('HSET', bucket, 'closed', string.format('%.0f', till), 'tokens', '0', 'at', string.format('%.0f', at))
store_back(bucket, back, held[2])
-- A bucket whose key has expired counts as full: the key has to live as long as the bucket takes to fill.
redis.call('PEXPIRE', bucket, till - at + math.max(math.ceil(burst * 1000 / rate), window) + 60000)
return till - at
