/* Pairs through the program: all of some blocks, or those given. */
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

/* Pairs are met in batches: while the descriptions of one pair's values are on their way from memory, the codes of the
 * next are compared; then the texts of all of them are sent for, before the first is read. Most of the time would else
 * go into waiting, since records of one block lie anywhere. */
enum { BATCH = 32, AHEAD = 8, LINE = 64 };
/* Bytes of the tokens of a vector, and of their weights, that are sent for: most vectors have no more. */
enum { TOKENS_AHEAD = 128, WEIGHTS_AHEAD = 256 };

struct met {
    struct pair pair;
    int32_t left, right;
    uint64_t rules;
};

struct run {
    struct work work;
    const struct rules *rules;
    const struct weights *weights; /* NULL: count patterns */
    struct found *found;
    uint64_t texts, vectors; /* the columns whose values, and whose vectors, will be looked at */
    int64_t batched;
    struct met batch[BATCH];
};

static void *grown(void *memory, int64_t *room, size_t size) {
    int64_t more = *room ? *room * 2 : 1024;
    void *larger = realloc(memory, (size_t)more * size);
    if (larger) *room = more;
    return larger;
}

static int add_row(struct found *found, const struct row *row) {
    if (found->row_count == found->row_room) {
        struct row *rows = grown(found->rows, &found->row_room, sizeof *rows);
        if (!rows) return OUT_OF_MEMORY;
        found->rows = rows;
    }
    found->rows[found->row_count++] = *row;
    return DONE;
}

/* Where a pattern is, or may be put, in a table of 2^n cells: Fibonacci hashing, then the next free one. */
static struct cell *cell_of(struct cell *cells, int64_t room, uint64_t pattern) {
    uint64_t at = (pattern * 0x9E3779B97F4A7C15u) >> (64 - __builtin_ctzll((uint64_t)room));
    while (cells[at].pairs && cells[at].pattern != pattern) at = (at + 1) & (uint64_t)(room - 1);
    return cells + at;
}

static int widen_cells(struct found *found) {
    int64_t room = found->cell_room ? found->cell_room * 2 : 1024;
    struct cell *cells = calloc((size_t)room, sizeof *cells);
    if (!cells) return OUT_OF_MEMORY;
    for (int64_t i = 0; i < found->cell_room; i++) {
        if (found->cells[i].pairs) *cell_of(cells, room, found->cells[i].pattern) = found->cells[i];
    }
    free(found->cells);
    found->cells = cells;
    found->cell_room = room;
    return DONE;
}

static int count_pattern(struct found *found, uint64_t pattern) {
    if (found->cell_count * 2 >= found->cell_room && widen_cells(found)) return OUT_OF_MEMORY;
    struct cell *cell = cell_of(found->cells, found->cell_room, pattern);
    found->cell_count += cell->pairs == 0;
    cell->pattern = pattern;
    cell->pairs++;
    return DONE;
}

/* Moves the counted cells to the front, so that the caller can read them as a list. */
static void pack_cells(struct found *found) {
    int64_t packed = 0;
    for (int64_t i = 0; i < found->cell_room; i++) {
        if (found->cells[i].pairs) found->cells[packed++] = found->cells[i];
    }
}

static uint64_t pattern_of(struct work *work, const struct pair *pair) {
    uint64_t pattern = 0;
    for (int64_t c = 0; c < work->program->comparison_count; c++) {
        const struct comparison *comparison = work->program->comparisons + c;
        pattern += comparison->stride * (uint64_t)(pair_level(work, pair, c) - comparison->first_level);
    }
    return pattern;
}

static int keep_or_count(struct run *run, const struct met *met) {
    if (!run->weights) return count_pattern(run->found, pattern_of(&run->work, &met->pair));
    struct row row = {.left = met->left, .right = met->right, .rules = met->rules};
    if (!pair_score(&run->work, &met->pair, run->weights, &row)) return DONE;
    row.broken = pair_broken(&run->work, &met->pair);
    return add_row(run->found, &row);
}

static void fetch(const void *from, int64_t bytes) {
    for (int64_t at = 0; at < bytes; at += LINE) __builtin_prefetch((const char *)from + at);
}

static void fetch_text(const struct column *column, int32_t code) {
    const struct value *value = column->values + code;
    if (!(value->at & WIDE)) __builtin_prefetch(column->narrow + value->at);
}

static void fetch_vector(const struct column *column, int32_t code) {
    int64_t start = column->token_starts[code];
    fetch(column->tokens + start, TOKENS_AHEAD);
    fetch(column->token_weights + start, WEIGHTS_AHEAD);
}

/* Sends for the letters and the vectors of the values that differ; their descriptions have come. */
static void fetch_contents(const struct run *run, const struct pair *pair) {
    const struct column *columns = run->work.records->columns;
    uint64_t differing = pair->given & ~pair->equal;
    for (uint64_t texts = run->texts & differing; texts; texts &= texts - 1) {
        int k = __builtin_ctzll(texts);
        fetch_text(columns + k, pair->left[k]);
        fetch_text(columns + k, pair->right[k]);
    }
    for (uint64_t vectors = run->vectors & differing; vectors; vectors &= vectors - 1) {
        int k = __builtin_ctzll(vectors);
        fetch_vector(columns + k, pair->left[k]);
        fetch_vector(columns + k, pair->right[k]);
    }
}

static int finish_batch(struct run *run) {
    for (int64_t i = 0; i < run->batched; i++) fetch_contents(run, &run->batch[i].pair);
    for (int64_t i = 0; i < run->batched; i++) {
        if (keep_or_count(run, run->batch + i)) return OUT_OF_MEMORY;
    }
    run->batched = 0;
    return DONE;
}

/* The rules that make a pair: its key columns are all equal, and the block was not left out. */
static uint64_t rules_of(const struct rules *rules, const struct pair *pair, int64_t left) {
    uint64_t made = 0;
    for (int64_t r = 0; r < rules->count; r++) {
        made |= (uint64_t)((pair->equal & rules->keys[r]) == rules->keys[r]) << r;
    }
    return rules->left_out ? made & ~rules->left_out[left] : made;
}

static void count_rules(struct found *found, uint64_t rules) {
    found->pairs++;
    if (rules && !(rules & (rules - 1))) found->alone[__builtin_ctzll(rules)]++;
    for (; rules; rules &= rules - 1) found->by_rule[__builtin_ctzll(rules)]++;
}

/* Sends for the descriptions of the values that differ. */
static void fetch_values(const struct run *run, const struct pair *pair) {
    const struct column *columns = run->work.records->columns;
    uint64_t differing = pair->given & ~pair->equal;
    for (uint64_t texts = run->texts & differing; texts; texts &= texts - 1) {
        int k = __builtin_ctzll(texts);
        __builtin_prefetch(columns[k].values + pair->left[k]);
        __builtin_prefetch(columns[k].values + pair->right[k]);
    }
    for (uint64_t vectors = run->vectors & differing; vectors; vectors &= vectors - 1) {
        int k = __builtin_ctzll(vectors);
        __builtin_prefetch(columns[k].token_starts + pair->left[k]);
        __builtin_prefetch(columns[k].token_starts + pair->right[k]);
    }
}

/* Compares the codes of two records, and puts the pair off until its values have come. `rule` is the one that made
 * the pair, which an earlier rule may have made already; -1 when it was asked for. */
static int meet(struct run *run, int32_t left, int32_t right, int64_t rule) {
    const struct records *records = run->work.records;
    struct met *met = run->batch + run->batched;
    met->pair.left = records->codes + left * records->width;
    met->pair.right = records->codes + right * records->width;
    pair_compare_codes(&met->pair, records->width);
    met->rules = rules_of(run->rules, &met->pair, left);
    if (rule > 0 && met->rules & (((uint64_t)1 << rule) - 1)) return DONE;
    met->left = left;
    met->right = right;
    count_rules(run->found, met->rules);
    fetch_values(run, &met->pair);
    return ++run->batched == BATCH ? finish_batch(run) : DONE;
}

static int run_begin(struct run *run, const struct records *records, const struct program *program,
                     const struct rules *rules, const struct weights *weights, struct found *found) {
    memset(found, 0, sizeof *found);
    run->rules = rules;
    run->weights = weights;
    run->found = found;
    run->texts = run->vectors = 0;
    run->batched = 0;
    for (int64_t k = 0; k < records->width; k++) {
        run->texts |= (uint64_t)(records->columns[k].values != NULL) << k;
        run->vectors |= (uint64_t)(records->columns[k].token_starts != NULL) << k;
    }
    return work_begin(&run->work, records, program);
}

EXPORT void kernel_release(struct found *found) {
    free(found->rows);
    free(found->cells);
    found->rows = NULL;
    found->cells = NULL;
}

static int run_end(struct run *run, int state) {
    if (state == DONE) state = finish_batch(run);
    run->found->strings = run->work.strings;
    work_end(&run->work);
    pack_cells(run->found);
    if (state != DONE) kernel_release(run->found);
    return state;
}

static void fetch_row(const struct records *records, int64_t record) {
    fetch(records->codes + record * records->width, records->width * (int64_t)sizeof *records->codes);
}

/* Sends for a record of the block that follows. */
static void fetch_record(const struct records *records, const struct blocks *blocks, int64_t at) {
    if (at < blocks->starts[blocks->count]) fetch_row(records, blocks->members[at]);
}

/* Sends for the records of a given pair. */
static void fetch_pair(const struct records *records, const int32_t *left, const int32_t *right, int64_t at,
                       int64_t count) {
    if (at >= count) return;
    fetch_row(records, left[at]);
    fetch_row(records, right[at]);
}

/* The last block that starts at or before a position. */
static int64_t block_at(const struct blocks *blocks, int64_t position) {
    int64_t low = 0, high = blocks->count - 1;
    while (low < high) {
        int64_t middle = (low + high + 1) / 2;
        if (blocks->starts[middle] <= position) low = middle;
        else high = middle - 1;
    }
    return low;
}

static int meet_later_members(struct run *run, const struct blocks *blocks, int64_t position, int64_t end) {
    int32_t left = blocks->members[position];
    for (int64_t q = position < blocks->right_from ? blocks->right_from : position + 1; q < end; q++) {
        if (meet(run, left, blocks->members[q], blocks->rule)) return OUT_OF_MEMORY;
    }
    return DONE;
}

/* The pairs of the members at positions from..to with the later members of their blocks, without those that an
 * earlier rule makes too. Without weights counts patterns, else keeps the pairs that reach the cut. */
EXPORT int kernel_run(const struct records *records, const struct program *program, const struct rules *rules,
                      const struct weights *weights, const struct blocks *blocks, int64_t from, int64_t to,
                      struct found *found) {
    struct run run;
    int state = run_begin(&run, records, program, rules, weights, found);
    int64_t block = from < to ? block_at(blocks, from) : 0;
    for (int64_t at = from; at < to && state == DONE; at++) {
        while (at >= blocks->starts[block + 1]) block++;
        fetch_record(records, blocks, at + AHEAD);
        state = meet_later_members(&run, blocks, at, blocks->starts[block + 1]);
    }
    return run_end(&run, state);
}

/* The given pairs, whatever rule makes them. */
EXPORT int kernel_run_pairs(const struct records *records, const struct program *program, const struct rules *rules,
                            const struct weights *weights, const int32_t *left, const int32_t *right, int64_t count,
                            struct found *found) {
    struct run run;
    int state = run_begin(&run, records, program, rules, weights, found);
    for (int64_t i = 0; i < count && state == DONE; i++) {
        fetch_pair(records, left, right, i + AHEAD, count);
        state = meet(&run, left[i], right[i], -1);
    }
    return run_end(&run, state);
}

/* The outcome of every comparison of the given pairs: count x comparisons. */
EXPORT int kernel_levels(const struct records *records, const struct program *program, const int32_t *left,
                         const int32_t *right, int64_t count, uint8_t *levels) {
    struct found nothing;
    struct run run;
    int state = run_begin(&run, records, program, NULL, NULL, &nothing);
    for (int64_t from = 0; from < count && state == DONE; from += BATCH) {
        int64_t here = count - from < BATCH ? count - from : BATCH;
        for (int64_t i = 0; i < here; i++) {
            struct pair *pair = &run.batch[i].pair;
            fetch_pair(records, left, right, from + i + AHEAD, count);
            pair->left = records->codes + left[from + i] * records->width;
            pair->right = records->codes + right[from + i] * records->width;
            pair_compare_codes(pair, records->width);
            fetch_values(&run, pair);
        }
        for (int64_t i = 0; i < here; i++) fetch_contents(&run, &run.batch[i].pair);
        for (int64_t i = 0; i < here; i++) {
            for (int64_t c = 0; c < program->comparison_count; c++) {
                int64_t level = pair_level(&run.work, &run.batch[i].pair, c);
                *levels++ = (uint8_t)(level - program->comparisons[c].first_level);
            }
        }
    }
    work_end(&run.work);
    return state;
}

/* What the given pairs weigh in all, whose levels are known: count x comparisons of them. */
EXPORT void kernel_weigh(const struct records *records, const struct program *program, const struct weights *weights,
                         const int32_t *left, const int32_t *right, int64_t count, const uint8_t *levels,
                         int64_t *totals) {
    struct work work = {.records = records, .program = program};
    for (int64_t i = 0; i < count; i++) {
        struct pair pair = {.left = records->codes + left[i] * records->width,
                            .right = records->codes + right[i] * records->width};
        int64_t outcomes[MAX_COMPARISONS], total = weights->prior;
        for (int64_t c = 0; c < program->comparison_count; c++) {
            outcomes[c] = program->comparisons[c].first_level + levels[i * program->comparison_count + c];
        }
        for (int64_t c = 0; c < program->comparison_count; c++) total += pair_bits(&work, &pair, weights, c, outcomes);
        totals[i] = total;
    }
}
