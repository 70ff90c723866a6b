// name: one
// mode: READ
// description: One period by its number.
// param: calendar :: STRING
// param: number :: INTEGER
// output: calendar :: STRING
// output: number :: INTEGER key inside, e.g. 202603
// output: name :: STRING e.g. 2026-03
// output: zone :: STRING time zone the month belongs to
// output: starts_at :: INTEGER first instant, epoch milliseconds
// output: ends_at :: INTEGER first instant after it, epoch milliseconds
// output: grace_ends_at :: INTEGER from then on it takes nothing more that comes late, epoch milliseconds; null without such
// output: commission_date :: STRING the date by which an order counts: placed, paid or shipped
// output: state :: STRING open or closed
// output: turns :: LIST OF INTEGER the facts that opened and closed it, in turns
// output: run :: STRING id of the committed run, null before
// cost: O(1)
// budget_ms: 100
MATCH (p:Period {calendar: $calendar, number: $number})
RETURN p.calendar AS calendar, p.number AS number, p.name AS name, p.zone AS zone, p.starts_at AS starts_at,
       p.ends_at AS ends_at, p.grace_ends_at AS grace_ends_at, coalesce(p.commission_date, 'placed') AS commission_date, p.state AS state,
       coalesce(p.turns, [p.opened_seq]) + CASE WHEN p.closed_seq IS NULL THEN [] ELSE [p.closed_seq] END AS turns, p.run AS run
