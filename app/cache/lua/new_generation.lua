-- Everything kept so far is dead. ARGV: prefix, new generation, seq, lifetime ms, hold ms
local prefix, generation, seq, life, hold = unpack(ARGV)
redis.call('SET', prefix .. ':mark:' .. generation, seq, 'PX', life)
redis.call('SET', prefix .. ':done:' .. generation, seq, 'PX', life)
redis.call('SET', prefix .. ':gen', generation, 'PX', hold)
return 1
