/* What the levels of a pair weigh. */
#include "kernel.h"

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
int64_t weight_of(const struct pair *pair, const struct weights *weights, int64_t level) {
    const struct weight *weight = weights->levels + level;
    int64_t bits = weight->bits + frequencies_of(pair, weights, weight);
    return bits < weight->at_most ? bits : weight->at_most;
}

/* log2 of the chance of a comparison's level in a class, where the levels of all are known, each counted from the first
 * of its comparison. */
static int64_t chance_of(const struct program *program, const struct weights *weights, const struct chances *chances,
                         int64_t comparison, const uint8_t *levels) {
    int64_t own = levels[comparison];
    for (int64_t g = 0; g < chances->given; g++) {
        const struct given *given = weights->given + chances->first_given + g;
        int64_t other = levels[given->comparison];
        if (other) return given->bits[other * program->comparisons[comparison].levels + own];
    }
    return chances->alone[own];
}

/* How much of a value's rarity counts: as much as the other comparison leaves that explains most of the agreement. */
static int64_t surprise_of(const struct program *program, const struct weights *weights, int64_t comparison,
                           const uint8_t *levels) {
    const struct chances *surprise = weights->surprise + comparison;
    int64_t own = levels[comparison], least = surprise->alone[own];
    for (int64_t g = 0; g < surprise->given; g++) {
        const struct given *given = weights->given + surprise->first_given + g;
        int64_t other = levels[given->comparison];
        int64_t share = other ? given->bits[other * program->comparisons[comparison].levels + own] : least;
        least = share < least ? share : least;
    }
    return least;
}

static int64_t dependent_bits(const struct program *program, const struct pair *pair, const struct weights *weights,
                              int64_t comparison, const uint8_t *levels) {
    const struct weight *weight = weights->levels + program->comparisons[comparison].first_level + levels[comparison];
    int64_t match = chance_of(program, weights, weights->match + comparison, comparison, levels);
    int64_t other = chance_of(program, weights, weights->other + comparison, comparison, levels);
    int64_t rarity = frequencies_of(pair, weights, weight);
    if (rarity) rarity = rarity * surprise_of(program, weights, comparison, levels) / 1000000;
    int64_t bits = weight->bits + match - other + rarity;
    return bits < weight->at_most ? bits : weight->at_most;
}

/* What a pair weighs in all, whose levels are known. */
int64_t pair_bits(const struct program *program, const struct pair *pair, const struct weights *weights,
                  const uint8_t *levels) {
    int64_t total = weights->prior;
    for (int64_t c = 0; c < program->comparison_count; c++) {
        total += weights->match ? dependent_bits(program, pair, weights, c, levels)
                                : weight_of(pair, weights, program->comparisons[c].first_level + levels[c]);
    }
    return total;
}
