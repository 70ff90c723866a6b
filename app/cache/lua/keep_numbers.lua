-- Keep numbers, unless a refresh began since the look. 1 when kept. ARGV: prefix, generation, mark, lifetime ms, (ix, value)...
local prefix, generation, mark, life = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call('GET', prefix .. ':gen') ~= generation then return 0 end
if redis.call('GET', prefix .. ':mark:' .. generation) ~= mark then return 0 end
for i = 5, #ARGV, 2 do
  redis.call('SET', prefix .. ':num:' .. generation .. ':' .. ARGV[i], ARGV[i + 1], 'PX', life)
end
return 1
