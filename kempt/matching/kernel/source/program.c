/* What a program says of one pair: which levels hold, and what they weigh. */
#include <math.h>
#include <stdlib.h>

#include "characters.h"
#include "kernel.h"

int work_begin(struct work *work, const struct records *records, const struct program *program) {
    size_t longest = (size_t)records->longest + 1;
    *work = (struct work){.records = records, .program = program};
    work->scratch.left = malloc(longest * sizeof(uint32_t));
    work->scratch.right = malloc(longest * sizeof(uint32_t));
    work->scratch.taken = malloc(longest * 2);
    work->scratch.rows = malloc(longest * 3 * sizeof(int32_t));
    bool whole = work->scratch.left && work->scratch.right && work->scratch.taken && work->scratch.rows;
    return whole ? DONE : OUT_OF_MEMORY;
}

void work_end(struct work *work) {
    free(work->scratch.left);
    free(work->scratch.right);
    free(work->scratch.taken);
    free(work->scratch.rows);
}

/* Sets the bits of `equal` and `given`, eight columns at once where the processor can. */
void pair_compare_codes(struct pair *pair, int64_t width) {
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

/* The text of a value where the fast ways may be taken: ASCII, and short enough. */
static const uint8_t *short_text(const struct column *column, const struct value *value) {
    return value->at & WIDE || value->length > SHORT ? NULL : column->narrow + value->at;
}

static double similarity_of(struct work *work, const struct column *column, int32_t x, int32_t y,
                            const double *needed) {
    const struct value *a = column->values + x, *b = column->values + y;
    const uint8_t *left = short_text(column, a), *right = short_text(column, b);
    if (left && right) return jaro_winkler_short(left, (int)a->length, right, (int)b->length, needed);
    return jaro_winkler_any(letters_of(column, a, work->scratch.left), a->length,
                            letters_of(column, b, work->scratch.right), b->length, work->scratch.taken);
}

static int64_t edits_of(struct work *work, const struct column *column, int32_t x, int32_t y, int64_t most,
                        bool swaps) {
    const struct value *a = column->values + x, *b = column->values + y;
    const uint8_t *left = short_text(column, a), *right = short_text(column, b);
    if (left && right) return edits_short(left, a->length, right, b->length, most, swaps);
    return edits_any(letters_of(column, a, work->scratch.left), a->length,
                     letters_of(column, b, work->scratch.right), b->length, most, swaps, work->scratch.rows);
}

static bool contained(struct work *work, const struct column *column, int32_t x, int32_t y) {
    const struct value *a = column->values + x, *b = column->values + y;
    const struct value *whole = a->length < b->length ? b : a, *part = whole == a ? b : a;
    if (part->letters & ~whole->letters) return false;
    return words_stand_in(letters_of(column, whole, work->scratch.left), whole->length,
                          letters_of(column, part, work->scratch.right), part->length);
}

static bool one_is_initial(struct work *work, const struct column *column, int32_t x, int32_t y) {
    const struct value *a = column->values + x, *b = column->values + y;
    if (a->length == 0 || b->length == 0 || (a->length != 1 && b->length != 1)) return false;
    if ((a->start ^ b->start) & 0xFF) return false;
    return *letters_of(column, a, work->scratch.left) == *letters_of(column, b, work->scratch.right);
}

static bool swapped(const struct pair *pair, const struct measure *measure) {
    int64_t one = measure->column, other = measure->other;
    return measure->to_other[pair->left[one]] == pair->right[other] &&
           measure->to_other[pair->right[one]] == pair->left[other];
}

static double distance_between(const struct column *column, int32_t x, int32_t y) {
    int64_t a = column->numbers[x], b = column->numbers[y];
    return a == NO_NUMBER || b == NO_NUMBER ? INFINITY : (double)(a > b ? a - b : b - a);
}

/* The greater, the more alike: distances are negative. */
static double measured(struct work *work, const struct pair *pair, const struct measure *measure) {
    const struct column *column = work->records->columns + measure->column;
    int32_t x = pair->left[measure->column], y = pair->right[measure->column];
    work->strings += x != y;
    switch (measure->family) {
    case JARO_WINKLER:
        return x == y ? 1.0 : similarity_of(work, column, x, y, measure->needed);
    case LEVENSHTEIN:
    case DAMERAU:
        if (x == y) return 0.0;
        return (double)-edits_of(work, column, x, y, -(int64_t)measure->worst, measure->family == DAMERAU);
    case TOKEN_OVERLAP:
        return x == y ? 1.0 : words_shared(column, x, y);
    case COSINE:
        return vectors_product(column, x, y);
    case CONTAINS:
        return x == y || contained(work, column, x, y);
    case INITIAL:
        return one_is_initial(work, column, x, y);
    case SWAPPED:
        return swapped(pair, measure);
    default:
        return -distance_between(column, x, y);
    }
}

/* The best that a measure can come to, from the values' descriptions alone; for the others, the best of all. */
static double bound_of(const struct work *work, const struct pair *pair, const struct measure *measure) {
    const struct column *column = work->records->columns + measure->column;
    int32_t x = pair->left[measure->column], y = pair->right[measure->column];
    switch (measure->family) {
    case JARO_WINKLER:
        return x == y ? 1.0 : jaro_winkler_at_most(column->values + x, column->values + y);
    case LEVENSHTEIN:
    case DAMERAU:
        return x == y ? 0.0 : (double)-edits_at_least(column->values + x, column->values + y);
    default:
        return INFINITY;
    }
}

/* Both values are given: the masks of a level see to that first. */
static bool test_holds(struct work *work, const struct pair *pair, const struct test *test) {
    const struct measure *measure = work->program->measures + test->measure;
    uint64_t bit = (uint64_t)1 << test->measure;
    if (!(work->measured & bit)) {
        if (!(work->bounded & bit)) {
            work->bound[test->measure] = bound_of(work, pair, measure);
            work->bounded |= bit;
        }
        if (work->bound[test->measure] < test->limit) return test->negated;
        work->value[test->measure] = measured(work, pair, measure);
        work->measured |= bit;
    }
    return (work->value[test->measure] >= test->limit) != test->negated;
}

static bool codes_allow(const struct pair *pair, const struct level *level) {
    return (pair->equal & level->equal_mask) == level->equal_value &&
           (pair->given & level->given_mask) == level->given_value;
}

static bool level_holds(struct work *work, const struct pair *pair, const struct level *level) {
    if (!codes_allow(pair, level)) return false;
    for (int64_t t = 0; t < level->tests; t++) {
        if (!test_holds(work, pair, work->program->tests + level->first_test + t)) return false;
    }
    return true;
}

static int64_t first_that_holds(struct work *work, const struct pair *pair, int64_t level) {
    while (!level_holds(work, pair, work->program->levels + level)) level++;
    return level;
}

static void forget_measures(struct work *work) { work->measured = work->bounded = 0; }

/* The outcome of the comparison, as a level of the program. Measures are those of the pair since comparison 0. */
int64_t pair_level(struct work *work, const struct pair *pair, int64_t comparison) {
    if (comparison == 0) forget_measures(work);
    return first_that_holds(work, pair, work->program->comparisons[comparison].first_level);
}

/* One bit per constraint whose conditions hold; uses what has been measured of the pair. */
uint64_t pair_broken(struct work *work, const struct pair *pair) {
    uint64_t broken = 0;
    for (int64_t c = 0; c < work->program->constraint_count; c++) {
        const struct level *level = work->program->levels + work->program->first_constraint + c;
        broken |= (uint64_t)level_holds(work, pair, level) << c;
    }
    return broken;
}

/* Of two different values the more frequent one's adjustment, which is the smaller; a missing value has none. */
static int64_t frequency_bits(const struct pair *pair, const struct frequency *frequency) {
    int32_t a = pair->left[frequency->column], b = pair->right[frequency->column];
    if (a < 0 || b < 0) return a < 0 && b < 0 ? 0 : frequency->bits[a < 0 ? b : a];
    return frequency->bits[a] < frequency->bits[b] ? frequency->bits[a] : frequency->bits[b];
}

static int64_t frequencies_of(const struct pair *pair, const struct weights *weights, const struct weight *weight) {
    int64_t bits = 0;
    for (int64_t f = 0; f < weight->frequencies; f++) {
        bits += frequency_bits(pair, weights->frequencies + weight->first_frequency + f);
    }
    return bits;
}

/* What a level weighs for this pair, whatever the others say. */
static int64_t weight_of(const struct pair *pair, const struct weights *weights, int64_t level) {
    const struct weight *weight = weights->levels + level;
    int64_t bits = weight->bits + frequencies_of(pair, weights, weight);
    return bits < weight->at_most ? bits : weight->at_most;
}

/* log2 of the chance of a comparison's level in a class, where the levels of all are known. */
static int64_t chance_of(const struct work *work, const struct weights *weights, const struct chances *chances,
                         int64_t comparison, const int64_t *levels) {
    const struct comparison *comparisons = work->program->comparisons;
    int64_t own = levels[comparison] - comparisons[comparison].first_level;
    for (int64_t g = 0; g < chances->given; g++) {
        const struct given *given = weights->given + chances->first_given + g;
        int64_t other = levels[given->comparison] - comparisons[given->comparison].first_level;
        if (other) return given->bits[other * comparisons[comparison].levels + own];
    }
    return chances->alone[own];
}

/* How much of a value's rarity counts: as much as the other comparison leaves that explains most of the agreement. */
static int64_t surprise_of(const struct work *work, const struct weights *weights, int64_t comparison,
                           const int64_t *levels) {
    const struct comparison *comparisons = work->program->comparisons;
    const struct chances *surprise = weights->surprise + comparison;
    int64_t own = levels[comparison] - comparisons[comparison].first_level, least = surprise->alone[own];
    for (int64_t g = 0; g < surprise->given; g++) {
        const struct given *given = weights->given + surprise->first_given + g;
        int64_t other = levels[given->comparison] - comparisons[given->comparison].first_level;
        int64_t share = other ? given->bits[other * comparisons[comparison].levels + own] : least;
        least = share < least ? share : least;
    }
    return least;
}

/* What a comparison weighs for this pair, the levels of all comparisons in hand. */
int64_t pair_bits(const struct work *work, const struct pair *pair, const struct weights *weights, int64_t comparison,
                  const int64_t *levels) {
    if (!weights->match) return weight_of(pair, weights, levels[comparison]);
    const struct weight *weight = weights->levels + levels[comparison];
    int64_t match = chance_of(work, weights, weights->match + comparison, comparison, levels);
    int64_t other = chance_of(work, weights, weights->other + comparison, comparison, levels);
    int64_t rarity = frequencies_of(pair, weights, weight);
    if (rarity) rarity = rarity * surprise_of(work, weights, comparison, levels) / 1000000;
    int64_t bits = weight->bits + match - other + rarity;
    return bits < weight->at_most ? bits : weight->at_most;
}

/* The most a comparison can weigh, from the codes alone. *level is the outcome, or the first level to look at. */
static int64_t bits_at_most(const struct work *work, const struct pair *pair, const struct weights *weights,
                            int64_t comparison, int64_t *level, bool *settled) {
    const struct level *levels = work->program->levels;
    int64_t at = work->program->comparisons[comparison].first_level;
    while (!codes_allow(pair, levels + at)) at++;
    *level = at;
    *settled = levels[at].tests == 0;
    if (*settled) return weights->match ? weights->levels[at].upper : weight_of(pair, weights, at);
    int64_t most = weights->levels[at].upper;
    do {
        at++;
        if (codes_allow(pair, levels + at) && weights->levels[at].upper > most) most = weights->levels[at].upper;
    } while (levels[at].tests || !codes_allow(pair, levels + at));
    return most;
}

static uint64_t packed(const struct program *program, const int64_t *levels) {
    uint64_t pattern = 0;
    for (int64_t c = 0; c < program->comparison_count; c++) {
        const struct comparison *comparison = program->comparisons + c;
        pattern += comparison->stride * (uint64_t)(levels[c] - comparison->first_level);
    }
    return pattern;
}

/* Fills the pattern and the bits of the row; false when the pair stays below the cut.
 *
 * First every comparison counts with the most it can weigh; then texts are compared, and each outcome lowers the sum.
 * A pair is dropped as soon as the sum is below the cut. What depends on other outcomes is weighed when all are known.
 */
bool pair_score(struct work *work, const struct pair *pair, const struct weights *weights, struct row *row) {
    const struct program *program = work->program;
    int64_t levels[MAX_COMPARISONS], most[MAX_COMPARISONS], total = weights->prior;
    uint64_t open = 0;
    for (int64_t c = 0; c < program->comparison_count; c++) {
        bool settled;
        most[c] = bits_at_most(work, pair, weights, c, levels + c, &settled);
        total += most[c];
        open |= (uint64_t)!settled << c;
    }
    forget_measures(work);
    for (int64_t k = 0; k < program->comparison_count && total >= weights->cut; k++) {
        int64_t c = weights->order[k];
        if (!(open >> c & 1)) continue;
        levels[c] = first_that_holds(work, pair, levels[c]);
        int64_t now = weights->match ? weights->levels[levels[c]].upper : weight_of(pair, weights, levels[c]);
        total += now - most[c];
    }
    if (total < weights->cut) return false;
    if (weights->match) {
        total = weights->prior;
        for (int64_t c = 0; c < program->comparison_count; c++) total += pair_bits(work, pair, weights, c, levels);
        if (total < weights->cut) return false;
    }
    row->bits = total;
    row->pattern = packed(program, levels);
    return true;
}
