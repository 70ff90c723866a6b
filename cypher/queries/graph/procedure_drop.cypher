// name: procedure_drop
// mode: SCHEMA
// database: system
// description: removes a stored procedure; it disappears some seconds later
// param: name :: STRING without the prefix custom.
// param: database :: STRING where it was callable
CALL apoc.custom.dropProcedure($name, $database)
