-- Which generation there is, and where it stands. ARGV: prefix. Answer: nothing, or generation, mark, done.
local prefix = ARGV[1]
local generation = redis.call('GET', prefix .. ':gen')
if not generation then return {} end
local mark = redis.call('GET', prefix .. ':mark:' .. generation)
local done = redis.call('GET', prefix .. ':done:' .. generation)
if not mark or not done then return {} end
return {generation, mark, done}
