// name: procedures_stored
// mode: SCHEMA
// database: system
// description: what APOC keeps; SHOW PROCEDURES goes on listing a dropped procedure as a stub until the next restart
// param: database :: STRING where the procedures may be called
// output: type :: STRING procedure or function
// output: name :: STRING without the prefix custom.
// output: description :: STRING ends with our mark
// output: inputs :: LIST OF ANY one item a parameter
CALL apoc.custom.show($database) YIELD type, name, description, inputs
RETURN type, name, description, inputs
