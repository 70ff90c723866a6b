// name: procedures_listed
// mode: READ
// description: what the server offers under a prefix, and the installer itself where the plugin is there
// param: prefix :: STRING such as custom.genealogy.
// output: name :: STRING full name
// output: description :: STRING ends with our mark
// budget_ms: 1000 the server builds the list of its 450 procedures anew each time; asked once a start
SHOW PROCEDURES YIELD name, description
WHERE name STARTS WITH $prefix OR name = 'apoc.custom.installProcedure'
RETURN name, description
