// name: constraints
// mode: SCHEMA
// description: names of all constraints with what they are on, to tell which one refused a write
// output: name :: STRING the constraint's name in migrations/
// output: labels_or_types :: LIST OF STRING label or relationship type
// output: properties :: LIST OF STRING its properties
SHOW CONSTRAINTS YIELD name, labelsOrTypes AS labels_or_types, properties
