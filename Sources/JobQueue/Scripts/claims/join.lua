-- join.lua: gives a worker its lease on one queue; without one it gets no jobs from it.
-- KEYS[1]  zset  leases: worker -> expiry, unix ms
-- ARGV[1]  worker, a name that was never used before
-- ARGV[2]  lease expiry, unix ms
-- Returns  1 joined; 0 the name has a lease already
-- Cost     O(log n) in the workers
-- Atomic because it is one command; it is a script so that every write of the engine is one.
-- As in extend_lease.lua: a worker may join when memory is full, else no worker could run jobs and free memory.
redis.call('ZREM', KEYS[1], '')
return redis.call('ZADD', KEYS[1], 'NX', ARGV[2], ARGV[1])
