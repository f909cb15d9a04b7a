/* Pairs through the program: all of some blocks, or those given. */
#include <string.h>

#include "kernel.h"

/* So many records are sent for before they are met. */
enum { AHEAD = 8 };

struct met {
    int32_t left, right;
    uint64_t rules;
};

struct run {
    struct work work;
    const struct rules *rules;
    struct found *found;
    struct met met[BATCH]; /* beside the pairs of the work */
};

static int finish_pair(struct run *run, int64_t place) {
    const struct program *program = run->work.program;
    const struct weights *weights = run->work.weights;
    uint8_t levels[MAX_COMPARISONS];
    uint64_t pattern = 0;
    for (int64_t c = 0; c < program->comparison_count; c++) {
        levels[c] = (uint8_t)pair_level(&run->work, place, c);
        pattern += program->comparisons[c].stride * levels[c];
    }
    if (!weights) return found_pattern(run->found, pattern);
    int64_t bits = weights->match ? pair_bits(program, run->work.pairs + place, weights, levels)
                                  : run->work.totals[place];
    if (bits < weights->cut) return DONE;
    const struct met *met = run->met + place;
    struct row row = {.left = met->left, .right = met->right, .pattern = pattern, .bits = bits, .rules = met->rules};
    row.broken = pair_broken(&run->work, place);
    return found_row(run->found, &row);
}

static int finish_batch(struct run *run) {
    batch_levels(&run->work);
    for (uint64_t alive = run->work.alive; alive; alive &= alive - 1) {
        if (finish_pair(run, __builtin_ctzll(alive))) return OUT_OF_MEMORY;
    }
    run->work.count = 0;
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

/* Meets two records, and puts the pair off until its values have come. `rule` is the one that made the pair, which an
 * earlier rule may have made already; -1 when it was asked for. */
static int meet(struct run *run, int32_t left, int32_t right, int64_t rule) {
    const struct pair *pair = batch_compare(&run->work, left, right);
    uint64_t rules = rules_of(run->rules, pair, left);
    if (rule > 0 && rules & (((uint64_t)1 << rule) - 1)) return DONE;
    run->met[run->work.count] = (struct met){left, right, rules};
    count_rules(run->found, rules);
    batch_take(&run->work);
    return run->work.count == BATCH ? finish_batch(run) : DONE;
}

static int run_begin(struct run *run, const struct records *records, const struct program *program,
                     const struct rules *rules, const struct weights *weights, struct found *found) {
    memset(found, 0, sizeof *found);
    run->rules = rules;
    run->found = found;
    return work_begin(&run->work, records, program, weights);
}

static int run_end(struct run *run, int state) {
    if (state == DONE) state = finish_batch(run);
    run->found->strings = run->work.strings;
    work_end(&run->work);
    found_packed(run->found);
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
        run.work.count = 0;
        for (int64_t at = from; at < from + here; at++) {
            fetch_pair(records, left, right, at + AHEAD, count);
            batch_compare(&run.work, left[at], right[at]);
            batch_take(&run.work);
        }
        batch_levels(&run.work);
        for (int64_t i = 0; i < here; i++) {
            for (int64_t c = 0; c < program->comparison_count; c++) *levels++ = (uint8_t)pair_level(&run.work, i, c);
        }
    }
    work_end(&run.work);
    return state;
}

/* What the given pairs weigh in all, whose levels are known: count x comparisons of them. */
EXPORT void kernel_weigh(const struct records *records, const struct program *program, const struct weights *weights,
                         const int32_t *left, const int32_t *right, int64_t count, const uint8_t *levels,
                         int64_t *totals) {
    for (int64_t i = 0; i < count; i++) {
        fetch_pair(records, left, right, i + AHEAD, count);
        struct pair pair = {.left = records->codes + left[i] * records->width,
                            .right = records->codes + right[i] * records->width};
        totals[i] = pair_bits(program, &pair, weights, levels + i * program->comparison_count);
    }
}
