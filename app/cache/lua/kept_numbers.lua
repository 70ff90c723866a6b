-- Which of these people's numbers are kept. ARGV: prefix, generation, inner numbers with a space between
local kept = {}
for ix in ARGV[3]:gmatch('%d+') do
  if redis.call('EXISTS', ARGV[1] .. ':num:' .. ARGV[2] .. ':' .. ix) == 1 then kept[#kept + 1] = ix end
end
return kept
