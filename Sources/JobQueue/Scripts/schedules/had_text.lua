-- had_text.lua: whether a version that is kept no more had a text.
-- KEYS[1]  zset  digests of such texts, as store_schedule.lua keeps them
-- ARGV[1]  text
-- Returns  1 one had it; 0 none of those whose digests are kept
-- Cost     O(1), and the text
-- Atomic because it is one command; it is a script because Redis computes the digest.
return redis.call('ZSCORE', KEYS[1], redis.sha1hex(ARGV[1])) and 1 or 0
