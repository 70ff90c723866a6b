-- Give up the claim to load a page. ARGV: prefix, generation, mark, tree, id, shape, the caller's word
local prefix, generation, mark, tree, id, shape, word = unpack(ARGV)
local claim = prefix .. ':load:' .. tree .. ':' .. id .. ':' .. shape .. ':' .. generation .. ':' .. mark
if redis.call('GET', claim) == word then return redis.call('DEL', claim) end
return 0
