"""History of metrics: samples of a partition into blocks (`room`), and answers from them (`query`)."""
