// name: procedure_install
// mode: SCHEMA
// database: system
// description: stores a procedure; APOC does not check it, and registers it some seconds later
// param: signature :: STRING genealogy.downline(root_ix :: INTEGER) :: (ids :: LIST OF STRING)
// param: body :: STRING the statement
// param: database :: STRING where it may be called
// param: mode :: STRING READ or WRITE
// param: description :: STRING shown by SHOW PROCEDURES
CALL apoc.custom.installProcedure($signature, $body, $database, $mode, $description)
