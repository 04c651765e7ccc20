-- delete_setting.lua: goes back to the file: deletes what operators have set for a limit, or the state of a circuit.
-- KEYS[1]  hash  the setting or the circuit
-- Returns  1 deleted; 0 there was none
-- Cost     O(1)
-- Atomic because it is one command; it is a script so that the operator log can be written in the same step.
return redis.call('DEL', KEYS[1])
