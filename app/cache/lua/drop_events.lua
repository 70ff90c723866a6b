-- Forget the stream of a group.
-- ARGV: prefix, group
return redis.call('DEL', ARGV[1] .. ':events:' .. ARGV[2])
