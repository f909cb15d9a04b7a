"""The compiled kernel of the match engine: pairs are generated, compared and scored in one go, never stored.

Four things are made once, in this order, and two kinds of questions are asked of them:

    columns = Columns.of({"family": arrow_strings, "family_3": Column.of(arrow_strings).start(3), ...})
    program = Program.of(columns, [[level.conditions for level in each.levels] for each in spec.comparisons],
                         [each.conditions for each in spec.constraints])
    blocks = Blocks.of(columns, [Rule(columns=("family_3", "city"), max_block=120), ...])
    weights = Weights.of(program, prior, [[LevelWeight(bits=...), ...], ...])          # micro-bits

    histogram(program, blocks, threads=2)              # how many pairs have which outcomes
    score(program, blocks, weights, cut, threads=2)    # the pairs that weigh at least `cut`

`columns` holds records as rows of int32 codes (-1: not given). Each part of a blocking key, a prefix too, is a column
of its own, and so is whatever frequencies are looked up by; `Column.with_vectors` and `Column.with_numbers` add what
`cosine` and `within` compare, one entry per distinct value, in the order of `Column.values`.

`program` takes conditions as kempt.matching.conditions has them, and besides `damerau <= n` (n up to 3), `cosine >= x`
and `within n`. All outcomes of a pair are one number, its pattern; `program.levels_of(patterns)` takes them apart.
Lengths and edits count code points, where DuckDB counts bytes; on ASCII the two agree to the last bit.

`blocks.rules[r]` says which blocks rule r kept and what it left out. A pair belongs to the first rule that makes it; a
block that is left out makes none.

Levels weigh the same whatever other comparisons found, or, with a `Dependence`, less where another explains them.

For given pairs of records: `levels_of_pairs`, `scores_of_pairs`, and `totals_of_levels` where the outcomes are known
already. What comes out never depends on threads, on the order of the records or on the processor; weights are whole
micro-bits for that reason.

The library is built from source/ when Kempt is installed (setup.py). Spec files, engines and DuckDB are unknown here.
"""
