-- close_bucket.lua: gives no token to anybody until a time that the server behind the bucket has named.
-- KEYS[1]  hash  the bucket: tokens in millionths, at (unix ms), closed (until when nothing is given, unix ms)
-- ARGV[1]  now, unix ms
-- ARGV[2]  until when, unix ms; an earlier time than the one known changes nothing
-- Returns  until when it is closed now, unix ms
-- Cost     O(1)
-- Atomic because of two workers that are refused at once the later time must stay.
local bucket, now, till = KEYS[1], tonumber(ARGV[1]), tonumber(ARGV[2])
local known = tonumber(redis.call('HGET', bucket, 'closed') or '0')
if till <= known then return known end
-- It opens empty: a full bucket would send a burst to a server that has just complained.
redis.call('HSET', bucket, 'closed', ARGV[2], 'tokens', '0', 'at', ARGV[2])
redis.call('PEXPIRE', bucket, till - now + 60000)
return till
