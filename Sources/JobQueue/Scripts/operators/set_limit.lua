-- set_limit.lua: sets what operators want instead of the file's limit, for the whole fleet, until it is reset.
-- KEYS[1]  hash  what operators have set: rate, burst (millionths), window (ms)
-- ARGV[1]  rate, millionths of a token a second
-- ARGV[2]  burst, millionths of a token; empty to keep what is set or the file's
-- ARGV[3]  window, ms; 0 for none
-- Returns  1
-- Cost     O(1)
-- Atomic because a bucket between the writes would go by half of a setting.
redis.call('HSET', KEYS[1], 'rate', ARGV[1], 'window', ARGV[3])
if ARGV[2] ~= '' then redis.call('HSET', KEYS[1], 'burst', ARGV[2]) end
return 1
