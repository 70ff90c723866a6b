-- A refresh begins: from now on nothing that was looked up before is kept. 0 when the generation is not the caller's, or
-- does not stand at the fact the caller comes from. ARGV: prefix, generation, from seq, to seq, lifetime ms
local prefix, generation, from, to, life = unpack(ARGV)
if redis.call('GET', prefix .. ':gen') ~= generation then return 0 end
if redis.call('GET', prefix .. ':mark:' .. generation) ~= from then return 0 end
if redis.call('GET', prefix .. ':done:' .. generation) ~= from then return 0 end
redis.call('SET', prefix .. ':mark:' .. generation, to, 'PX', life)
return 1
