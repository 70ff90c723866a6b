// name: index_of_names
// mode: SCHEMA
// description: how far the full-text index of names is; asked while it fills, it would keep a search waiting
// output: state :: STRING ONLINE once it is filled
// output: percent :: FLOAT
SHOW FULLTEXT INDEXES YIELD name, state, populationPercent AS percent
WHERE name = 'distributor_search'
RETURN state, percent
