-- Keep numbers, unless a refresh began since the look. 1 when kept. ARGV: prefix, generation, mark, lifetime ms,
-- inner numbers with a space between, and their values in lines
local prefix, generation, mark, life = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
if redis.call('GET', prefix .. ':gen') ~= generation then return 0 end
if redis.call('GET', prefix .. ':mark:' .. generation) ~= mark then return 0 end
local values = ARGV[6]:gmatch('[^\n]+')
for ix in ARGV[5]:gmatch('%d+') do
  redis.call('SET', prefix .. ':num:' .. generation .. ':' .. ix, values(), 'PX', life)
end
return 1
