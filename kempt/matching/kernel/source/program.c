/* What a program says of the pairs of a batch: which levels hold, and which pairs cannot reach the cut.
 *
 * Comparison by comparison, and each of all pairs: what is needed for it stays at hand.
 */
#include <stdlib.h>

#include "characters.h"
#include "kernel.h"

int work_begin(struct work *work, const struct records *records, const struct program *program,
               const struct weights *weights) {
    work->records = records;
    work->program = program;
    work->weights = weights;
    work->strings = work->count = 0;
    work->values = malloc(sizeof(double) * BATCH * MAX_MEASURES);
    work->bounds = malloc(sizeof(double) * BATCH * MAX_MEASURES);
    int scratch = scratch_begin(&work->scratch, records), options = options_begin(&work->options, program, weights);
    return work->values && work->bounds && scratch == DONE && options == DONE ? DONE : OUT_OF_MEMORY;
}

void work_end(struct work *work) {
    scratch_end(&work->scratch);
    options_end(&work->options);
    free(work->values);
    free(work->bounds);
}

/* Sets the bits of `equal` and `given`, eight columns at once where the processor can. */
static void compare_codes(struct pair *pair, int64_t width) {
    const int32_t *a = pair->left, *b = pair->right;
    uint64_t equal = 0, missing = 0;
#if defined(__AVX2__)
    for (int64_t k = 0; k < width; k += 8) { /* may read past the row; those bits are cut off below */
        __m256i x = _mm256_loadu_si256((const __m256i *)(a + k)), y = _mm256_loadu_si256((const __m256i *)(b + k));
        __m256i same = _mm256_cmpeq_epi32(x, y), signs = _mm256_or_si256(x, y);
        equal |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(same)) << k;
        missing |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(signs)) << k;
    }
#else
    for (int64_t k = 0; k < width; k++) {
        equal |= (uint64_t)(a[k] == b[k]) << k;
        missing |= (uint64_t)((a[k] | b[k]) < 0) << k;
    }
#endif
    pair->given = ~missing & first_bits((int)width);
    pair->equal = equal & pair->given;
}

static double bound_at(struct work *work, int64_t place, int64_t measure) {
    double *bound = work->bounds + measure * BATCH + place;
    if (!(work->bounded[place] >> measure & 1)) {
        *bound = measure_bound(work->records, work->program->measures + measure, work->pairs + place);
        work->bounded[place] |= (uint64_t)1 << measure;
    }
    return *bound;
}

static double value_at(struct work *work, int64_t place, int64_t measure) {
    double *value = work->values + measure * BATCH + place;
    if (!(work->measured[place] >> measure & 1)) {
        const struct measure *asked = work->program->measures + measure;
        const struct pair *pair = work->pairs + place;
        *value = measure_value(&work->scratch, work->records, asked, pair);
        work->measured[place] |= (uint64_t)1 << measure;
        work->strings += pair->left[asked->column] != pair->right[asked->column];
    }
    return *value;
}

static bool test_holds(struct work *work, int64_t place, const struct test *test) {
    if (!(work->measured[place] >> test->measure & 1) && bound_at(work, place, test->measure) < test->limit) {
        return test->negated;
    }
    return (value_at(work, place, test->measure) >= test->limit) != test->negated;
}

static bool tests_hold(struct work *work, int64_t place, const struct level *level) {
    for (int64_t t = 0; t < level->tests; t++) {
        if (!test_holds(work, place, work->program->tests + level->first_test + t)) return false;
    }
    return true;
}

/* A test that needs the texts themselves, of a level that the descriptions do not rule out; -1 where they rule it out. */
static int64_t open_test(struct work *work, int64_t place, const struct level *level) {
    int64_t open = level->first_test;
    for (int64_t t = level->first_test + level->tests - 1; t >= level->first_test; t--) {
        const struct test *test = work->program->tests + t;
        bool below = bound_at(work, place, test->measure) < test->limit;
        if (below && !test->negated) return -1;
        if (!below) open = t;
    }
    return open;
}

/* Counts a comparison with what it can still weigh, and drops the pair when that leaves it below the cut. */
static void count(struct work *work, int64_t place, int64_t comparison, int64_t bits) {
    work->totals[place] += bits - work->counted[comparison][place];
    work->counted[comparison][place] = bits;
    if (work->totals[place] < work->weights->cut) work->alive &= ~((uint64_t)1 << place);
}

/* The same with a level that is known to be the outcome. */
static void count_settled(struct work *work, int64_t place, int64_t comparison, const struct level *level) {
    int64_t at = level - work->program->levels;
    const struct weights *weights = work->weights;
    int64_t bits = weights->match ? weights->levels[at].upper : weight_of(work->pairs + place, weights, at);
    count(work, place, comparison, bits);
}

/* Looks up what the codes of the last pair leave open, and sends for the descriptions of the values that differ. */
static void open_options(struct work *work) {
    int64_t i = work->count, total = work->weights ? work->weights->prior : 0;
    const struct pair *pair = work->pairs + i;
    uint64_t read = 0;
    for (int64_t c = 0; c < work->program->comparison_count; c++) {
        const struct option *option = options_of(&work->options, work->program, work->weights, pair, c, i);
        work->at[c][i] = option;
        work->counted[c][i] = option->most;
        total += option->most;
        read |= option->columns;
    }
    work->totals[i] = total;
    for (read &= ~pair->equal; read; read &= read - 1) {
        int k = __builtin_ctzll(read);
        value_fetch(work->records->columns + k, pair->left[k]);
        value_fetch(work->records->columns + k, pair->right[k]);
    }
}

/* Compares the codes of two records, and makes them the next pair of the batch unless they are taken back. */
const struct pair *batch_compare(struct work *work, int32_t left, int32_t right) {
    const struct records *records = work->records;
    struct pair *pair = work->pairs + work->count;
    pair->left = records->codes + left * records->width;
    pair->right = records->codes + right * records->width;
    compare_codes(pair, records->width);
    return pair;
}

/* Takes the pair whose codes were compared last. */
void batch_take(struct work *work) {
    work->measured[work->count] = work->bounded[work->count] = 0;
    open_options(work);
    work->count++;
}

/* Goes on to the first option that the descriptions of values do not rule out, and sends for the texts it needs. */
static void rule_out(struct work *work, int64_t comparison) {
    for (uint64_t alive = work->alive; alive; alive &= alive - 1) {
        int64_t i = __builtin_ctzll(alive), test = 0;
        const struct option *option = work->at[comparison][i];
        while (option->level->tests && (test = open_test(work, i, option->level)) < 0) option++;
        work->at[comparison][i] = option;
        if (!option->level->tests) {
            if (work->weights) count_settled(work, i, comparison, option->level);
            continue;
        }
        if (work->weights) count(work, i, comparison, option->most);
        measure_fetch(work->records, work->program->measures + work->program->tests[test].measure, work->pairs + i);
    }
}

static void settle(struct work *work, int64_t comparison) {
    for (uint64_t alive = work->alive; alive; alive &= alive - 1) {
        int64_t i = __builtin_ctzll(alive);
        const struct option *option = work->at[comparison][i];
        if (!option->level->tests) continue;
        while (option->level->tests && !tests_hold(work, i, option->level)) option++;
        work->at[comparison][i] = option;
        if (work->weights) count_settled(work, i, comparison, option->level);
    }
}

/* The outcomes of all pairs of the batch that may reach the cut; the others are not `alive` then.
 *
 * First every comparison counts with the most it can weigh; then texts are compared, and each outcome lowers the sum.
 * A pair is dropped as soon as the sum is below the cut.
 */
void batch_levels(struct work *work) {
    int64_t comparisons = work->program->comparison_count;
    work->alive = first_bits((int)work->count);
    for (int64_t c = 0; c < comparisons; c++) rule_out(work, c);
    for (int64_t k = 0; k < comparisons; k++) settle(work, work->weights ? work->weights->order[k] : k);
}

/* The outcome of a comparison, counted from its first level. */
int64_t pair_level(const struct work *work, int64_t place, int64_t comparison) {
    const struct level *level = work->at[comparison][place]->level;
    return level - work->program->levels - work->program->comparisons[comparison].first_level;
}

/* One bit per constraint whose conditions hold; uses what has been measured of the pair. */
uint64_t pair_broken(struct work *work, int64_t place) {
    uint64_t broken = 0;
    for (int64_t c = 0; c < work->program->constraint_count; c++) {
        const struct level *level = work->program->levels + work->program->first_constraint + c;
        broken |= (uint64_t)(codes_allow(work->pairs + place, level) && tests_hold(work, place, level)) << c;
    }
    return broken;
}
