-- drop_first.lua: drops the first element of a list, if it still is this one.
-- KEYS[1]  list  the outbox
-- ARGV[1]  the element
-- Returns  1 dropped; 0 another worker has dropped it
-- Cost     O(bytes)
-- Atomic because two that deliver at once would drop two elements.
if redis.call('LINDEX', KEYS[1], 0) ~= ARGV[1] then return 0 end
redis.call('LPOP', KEYS[1])
return 1
