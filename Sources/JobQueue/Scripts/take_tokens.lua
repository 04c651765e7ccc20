-- take_tokens.lua: takes tokens from a bucket that the whole fleet shares.
-- KEYS[1]  hash  the bucket: tokens in millionths, at (unix ms), closed (until when nothing is given, unix ms)
-- KEYS[2]  hash  what operators have set instead of ARGV[2] and ARGV[3]: rate, burst
-- ARGV[1]  now, unix ms
-- ARGV[2]  rate, millionths of a token a second
-- ARGV[3]  burst, millionths of a token
-- ARGV[4]  tokens that stay for others, millionths
-- ARGV[5]  tokens wanted at the least, whole; all or none
-- ARGV[6]  tokens wanted at the most, whole
-- Returns  {tokens taken, ms until the least wanted could be there, millionths left}
-- Cost     O(1)
-- Atomic because two workers could otherwise take the same token.
local bucket = KEYS[1]
local set = redis.call('HMGET', KEYS[2], 'rate', 'burst')
local now, reserve = tonumber(ARGV[1]), tonumber(ARGV[4])
local rate, burst = tonumber(set[1] or ARGV[2]), tonumber(set[2] or ARGV[3])
local least, most = tonumber(ARGV[5]), tonumber(ARGV[6])
local held = redis.call('HMGET', bucket, 'tokens', 'at', 'closed')
local closed = tonumber(held[3] or '0')
if now < closed then return {0, closed - now, 0} end
local tokens, at = tonumber(held[1] or burst), tonumber(held[2] or now)
if now < at then now = at end
tokens = math.min(burst, tokens + math.floor((now - at) * rate / 1000))
local free = math.floor((tokens - reserve) / 1000000)
local taken = 0
if free >= least then taken = math.min(free, most) end
tokens = tokens - taken * 1000000
redis.call('HSET', bucket, 'tokens', string.format('%.0f', tokens), 'at', string.format('%.0f', now))
redis.call('PEXPIRE', bucket, math.ceil(burst * 1000 / rate) + 60000)
local wait = 0
if taken == 0 then wait = math.ceil((least * 1000000 + reserve - tokens) * 1000 / rate) end
return {taken, wait, tokens}
