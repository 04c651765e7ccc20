-- bulk_step.lua: writes how far a bulk operation is, and asks whether it goes on.
-- KEYS[1]  hash  the bulk operation: who, action, target, total, done, failed, state, begun, seen (unix ms), aborted_by
-- ARGV[1]  how long it is remembered, ms
-- ARGV[2]  number of fields; then two values for each: name, value
-- Returns  who has aborted it; false when it goes on
-- Cost     O(fields)
-- Atomic because an abort between the write and the look would be missed for a step.
for i = 1, tonumber(ARGV[2]) do redis.call('HSET', KEYS[1], ARGV[2 * i + 1], ARGV[2 * i + 2]) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return redis.call('HGET', KEYS[1], 'aborted_by')
