-- A refresh is through (from = the mark it set), or nothing happened since the last one (from = to): readers may trust the
-- generation for a while more. 0 when it is not the caller's or does not stand there.
-- ARGV: prefix, generation, seq, lifetime ms, hold ms, done before (or the same seq), when the fact seq was recorded (epoch ms)
local prefix, generation, seq, life, hold, before, recorded = unpack(ARGV)
if redis.call('GET', prefix .. ':gen') ~= generation then return 0 end
if redis.call('GET', prefix .. ':mark:' .. generation) ~= seq then return 0 end
if redis.call('GET', prefix .. ':done:' .. generation) ~= before then return 0 end
redis.call('SET', prefix .. ':mark:' .. generation, seq, 'PX', life)
redis.call('SET', prefix .. ':done:' .. generation, seq, 'PX', life)
redis.call('SET', prefix .. ':at:' .. generation, seq .. ':' .. recorded, 'PX', life)
redis.call('PEXPIRE', prefix .. ':gen', hold)
return 1
