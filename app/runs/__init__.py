"""Commission runs: a snapshot and a plan become statements, and one run of a closed period becomes its pay."""
