/* The compiled kernel of the match engine: what its parts share.
 *
 * text.c          reads UTF-8 values once and notes what comparators need of each
 * encode.c        distinct texts, numbered
 * fold.c          texts rewritten letter by letter
 * lists.c         texts as lists of their words and letters, and as sparse vectors
 * characters.h    where a letter stands in a short string, all places at once; letters that two texts share
 * jaro_winkler.c  the Jaro-Winkler similarity
 * edits.c         Levenshtein and optimal string alignment distance
 * words.c         words shared, words contained, sparse vectors
 * measures.c      what is measured of two values, and the best it can be
 * options.c       the levels that codes leave open
 * program.c       conditions and levels of some pairs at once
 * weigh.c         what levels weigh
 * blocks.c        sorts records by key and cuts them into blocks
 * runs.c          all pairs of blocks, or given pairs, through the program
 * found.c         rows and counts that grow
 * processor.c     which build may run here
 * contract.c      clusters of a graph with signed weights
 *
 * Nothing here keeps state between calls or knows Python, so any number of threads may call in. All structs consist of
 * 8-byte fields unless a comment says otherwise: library.py mirrors them.
 */
#ifndef KEMPT_KERNEL_H
#define KEMPT_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))

enum { DONE = 0, OUT_OF_MEMORY = -1, NOT_UTF8 = -2 };

/* Letters up to which a string fits the bits of one word. */
#define SHORT 64
/* Bytes that may be read past the last text, so that 64 bytes can be loaded from anywhere. */
#define SLACK 64

/* One distinct value: 32 bytes, two to a cache line, so that most comparisons are settled by one line a side. */
struct value {
    uint8_t letters[16]; /* how many letters it has of each of 32 kinds, four bits a kind; see `letters_shared` */
    uint64_t at;         /* where its text begins in `narrow`, or in `wide` when the top bit is set */
    uint32_t length;     /* in code points */
    uint32_t start;      /* the low bytes of its first four code points, the first one lowest; zeros beyond its end */
};

#define WIDE ((uint64_t)1 << 63)
/* Of some kind there are more letters than four bits count, so that nothing follows from the counts. */
#define CROWDED ((uint64_t)1 << 62)
#define PLACE (CROWDED - 1)

/* A token of a sparse vector; 8 bytes, the fields of 4. */
struct token {
    int32_t token;
    float weight;
};

/* One column: its distinct values, addressed by code, and what some comparators need besides. */
struct column {
    const struct value *values;
    const uint8_t *narrow;       /* bytes of all texts, SLACK more; those of ASCII are read */
    const uint32_t *wide;        /* all other texts, a code point a letter */
    const int64_t *word_starts;  /* words of value v: words[word_starts[v] .. word_starts[v + 1]) */
    const int32_t *words;        /* sorted and distinct */
    const int64_t *token_starts; /* likewise the sparse vectors */
    const struct token *tokens;  /* sorted and distinct */
    const int32_t *numbers;      /* NO_NUMBER for a value that is none */
};

#define NO_NUMBER INT32_MIN

/* The records: a row of codes each, -1 where no value is given. Readable eight codes past the end. */
struct records {
    int64_t count;
    int64_t width;
    const int32_t *codes;
    const struct column *columns;
    int64_t longest; /* letters of the longest value */
};

enum family { JARO_WINKLER, LEVENSHTEIN, DAMERAU, TOKEN_OVERLAP, COSINE, CONTAINS, INITIAL, SWAPPED, WITHIN };

/* Something measured of a pair at most once, however many levels ask for it. */
struct measure {
    int64_t family;
    int64_t column;
    int64_t other;           /* the column it is swapped with */
    const int32_t *to_other; /* code of a value in that column, or -1 */
    double worst;     /* the loosest limit that any condition asks for; beyond it no exact figure is needed */
    double needed[5]; /* of jaro_winkler: what `worst` needs, by the letters of the common start; see matches_needed */
};

/* Whether a measure reaches a limit, or does not. Distances and their limits are negative, so that more is better. */
struct test {
    int64_t measure;
    int64_t negated;
    double limit;
};

/* Conditions that must hold together: two masked comparisons for what equality settles, then the tests. */
struct level {
    uint64_t equal_mask, equal_value;
    uint64_t given_mask, given_value;
    int64_t first_test, tests;
};

/* Ordered levels, of which the first that holds is the outcome; the last one always does. */
struct comparison {
    int64_t first_level, levels;
    uint64_t stride; /* its place in a pattern */
};

struct program {
    int64_t comparison_count;
    const struct comparison *comparisons;
    const struct level *levels;
    const struct test *tests;
    const struct measure *measures;
    int64_t constraint_count; /* levels from first_constraint on, one each */
    int64_t first_constraint;
};

/* What a level weighs, in millionths of a bit. */
struct weight {
    int64_t bits;
    int64_t at_most;
    int64_t upper; /* the most it can be with any value, whatever the others say */
    int64_t first_frequency, frequencies;
};

struct frequency {
    int64_t column;
    const int32_t *bits; /* by code: what the value adds, the less the more frequent */
};

/* A number for each of a comparison's levels, given the level of another: `levels` for each level of the other. */
struct given {
    int64_t comparison;
    const int64_t *bits;
};

/* The chances of a comparison's levels in a class of pairs, as log2: by the first of the others that says something
 * (is not at level 0), and `alone` where none does. */
struct chances {
    const int64_t *alone;
    int64_t first_given, given;
};

struct weights {
    int64_t prior;
    int64_t cut;                  /* pairs below are dropped */
    const struct weight *levels;  /* by level of the program */
    const struct frequency *frequencies;
    const int64_t *order;         /* comparisons, those first that can drop a pair soonest */
    const struct chances *match;  /* by comparison, or NULL: then levels weigh the same whatever the others say */
    const struct chances *other;
    const struct chances *surprise; /* the share, in millionths, of a value's rarity that each other comparison leaves */
    const struct given *given;
};

/* The blocking rules: the columns of each key as a mask, and per record the rules whose block was left out. */
struct rules {
    int64_t count;
    const uint64_t *keys;
    const uint64_t *left_out; /* NULL when no block was */
};

/* The kept blocks of one rule: block b holds members[starts[b] .. starts[b + 1]), in ascending order. */
struct blocks {
    int64_t rule;
    int64_t count;
    const int64_t *starts;
    const int32_t *members;
    int64_t right_from; /* no pair has its right member before this position */
};

/* A kept pair; 40 bytes, the first two fields of 4. */
struct row {
    int32_t left, right;
    uint64_t pattern;
    int64_t bits;
    uint64_t rules;  /* one bit per rule that makes the pair */
    uint64_t broken; /* one bit per constraint */
};

struct cell {
    uint64_t pattern;
    int64_t pairs;
};

enum { MAX_RULES = 64, MAX_COMPARISONS = 64, MAX_MEASURES = 64 };

/* What a run found. Rows or cells are owned by it until kernel_release. */
struct found {
    struct row *rows;
    int64_t row_count, row_room;
    struct cell *cells;
    int64_t cell_count, cell_room;
    int64_t pairs;                /* distinct pairs met */
    int64_t strings;              /* measures computed on texts */
    int64_t by_rule[MAX_RULES];   /* of these pairs, those the rule makes */
    int64_t alone[MAX_RULES];     /* and those no other rule makes */
};

/* Room to work for the texts that do not fit the fast ways; one per call, so that threads do not share it. */
struct scratch {
    uint32_t *left, *right;
    uint8_t *taken;
    int32_t *rows;
};

/* jaro_winkler.c */
double jaro_winkler_at_most(const struct value *a, const struct value *b);
double jaro_winkler_short(const uint8_t *a, int la, const uint8_t *b, int lb, const double *needed);
double jaro_winkler_any(const uint32_t *a, int64_t la, const uint32_t *b, int64_t lb, uint8_t *taken);

/* edits.c */
int64_t edits_at_least(const struct value *a, const struct value *b);
int64_t edits_short(const uint8_t *a, int64_t la, const uint8_t *b, int64_t lb, int64_t most, bool swaps);
int64_t edits_any(const uint32_t *a, int64_t la, const uint32_t *b, int64_t lb, int64_t most, bool swaps,
                  int32_t *rows);

/* words.c */
double words_shared(const struct column *column, int32_t a, int32_t b);
double vectors_product(const struct column *column, int32_t a, int32_t b);
bool words_stand_in(const uint32_t *text, int64_t length, const uint32_t *words, int64_t count);

/* text.c */
const uint32_t *letters_of(const struct column *column, const struct value *value, uint32_t *room);

struct pair {
    const int32_t *left, *right; /* the rows of codes */
    uint64_t equal, given;       /* one bit a column: both given and equal; both given */
};

/* measures.c */
int scratch_begin(struct scratch *scratch, const struct records *records);
void scratch_end(struct scratch *scratch);
double measure_value(struct scratch *scratch, const struct records *records, const struct measure *measure,
                     const struct pair *pair);
double measure_bound(const struct records *records, const struct measure *measure, const struct pair *pair);
void value_fetch(const struct column *column, int32_t code);
void measure_fetch(const struct records *records, const struct measure *measure, const struct pair *pair);
void fetch(const void *from, int64_t bytes);

/* options.c */

/* A level that the codes of a pair leave open, and the most that it or one of those after it can weigh. The options of
 * a pair end with the first level that needs no test, which holds if none before does. */
struct option {
    const struct level *level;
    int64_t most;
    uint64_t columns; /* whose values the tests of these levels read */
};

/* The options of a comparison by the codes of its columns: the bits of `equal` and `given` from `shift` on. Where its
 * columns lie too far apart for a table, they are listed for each pair of a batch in its place of `room`. */
struct choices {
    int64_t shift, span;
    const struct option **by_codes;
    struct option *room;
};

struct options {
    struct choices choices[MAX_COMPARISONS];
    struct option *listed;
    const struct option **tables;
};

int options_begin(struct options *options, const struct program *program, const struct weights *weights);
void options_end(struct options *options);
const struct option *options_of(const struct options *options, const struct program *program,
                                const struct weights *weights, const struct pair *pair, int64_t comparison,
                                int64_t place);
bool codes_allow(const struct pair *pair, const struct level *level);

/* program.c */

/* So many pairs are met at once. While the descriptions of one pair's values are on their way from memory, the codes of
 * the next are compared; then the texts of all of them are sent for that are needed, before the first is read. Most of
 * the time would else go into waiting, since records of one block lie anywhere. */
enum { BATCH = 32 };

struct work {
    const struct records *records;
    const struct program *program;
    const struct weights *weights; /* NULL: levels are all that is asked for */
    struct scratch scratch;
    struct options options;
    int64_t strings;
    double *values, *bounds; /* a measure's of all pairs, then the next one's */
    int64_t count;
    uint64_t alive; /* one bit a pair: not dropped yet */
    struct pair pairs[BATCH];
    uint64_t measured[BATCH], bounded[BATCH]; /* one bit a measure: known; bound known */
    int64_t totals[BATCH];
    const struct option *at[MAX_COMPARISONS][BATCH]; /* the level that a comparison has come to */
    int64_t counted[MAX_COMPARISONS][BATCH]; /* what of the total each comparison is */
};

int work_begin(struct work *work, const struct records *records, const struct program *program,
               const struct weights *weights);
void work_end(struct work *work);
const struct pair *batch_compare(struct work *work, int32_t left, int32_t right);
void batch_take(struct work *work);
void batch_levels(struct work *work);
int64_t pair_level(const struct work *work, int64_t place, int64_t comparison);
uint64_t pair_broken(struct work *work, int64_t place);

/* weigh.c */
int64_t weight_of(const struct pair *pair, const struct weights *weights, int64_t level);
int64_t pair_bits(const struct program *program, const struct pair *pair, const struct weights *weights,
                  const uint8_t *levels);

/* found.c */
int found_row(struct found *found, const struct row *row);
int found_pattern(struct found *found, uint64_t pattern);
void found_packed(struct found *found);
EXPORT void kernel_release(struct found *found);

#endif
