/* The levels of a comparison that the codes of a pair leave open, looked up by what they say of its columns. */
#include <stdlib.h>
#include <string.h>

#include "kernel.h"

/* Columns that the table of a comparison may be about: it has an entry for each way they can be given and equal. */
enum { WIDEST = 4 };

bool codes_allow(const struct pair *pair, const struct level *level) {
    return (pair->equal & level->equal_mask) == level->equal_value &&
           (pair->given & level->given_mask) == level->given_value;
}

static uint64_t columns_read(const struct program *program, const struct level *level) {
    uint64_t columns = 0;
    for (int64_t t = level->first_test; t < level->first_test + level->tests; t++) {
        columns |= (uint64_t)1 << program->measures[program->tests[t].measure].column;
    }
    return columns;
}

/* Lists the options of a pair; returns how many there are. */
static int64_t list_options(const struct program *program, const struct weights *weights, const struct pair *pair,
                            int64_t comparison, struct option *listed) {
    int64_t first = program->comparisons[comparison].first_level, count = 0;
    for (int64_t at = first;; at++) {
        if (!codes_allow(pair, program->levels + at)) continue;
        const struct level *level = program->levels + at;
        listed[count++] = (struct option){level, weights ? weights->levels[at].upper : 0, columns_read(program, level)};
        if (!program->levels[at].tests) break;
    }
    for (int64_t i = count - 2; i >= 0; i--) {
        if (listed[i].most < listed[i + 1].most) listed[i].most = listed[i + 1].most;
        listed[i].columns |= listed[i + 1].columns;
    }
    return count;
}

static uint64_t columns_of(const struct program *program, int64_t comparison) {
    uint64_t columns = 0;
    for (int64_t l = 0; l < program->comparisons[comparison].levels; l++) {
        const struct level *level = program->levels + program->comparisons[comparison].first_level + l;
        columns |= level->equal_mask | level->given_mask;
    }
    return columns;
}

static void place_choices(struct choices *choices, uint64_t columns) {
    choices->shift = columns ? __builtin_ctzll(columns) : 0;
    choices->span = columns ? 64 - __builtin_clzll(columns) - choices->shift : 0;
}

static bool tabled(const struct choices *choices) { return choices->span <= WIDEST; }

static int64_t codes_of(const struct choices *choices, const struct pair *pair) {
    uint64_t mask = ((uint64_t)1 << choices->span) - 1;
    return (int64_t)((pair->given >> choices->shift & mask) << choices->span | (pair->equal >> choices->shift & mask));
}

/* Fills the table of a comparison; returns where the next options may be listed. */
static struct option *fill_table(const struct program *program, const struct weights *weights, int64_t comparison,
                                 struct choices *choices, struct option *next) {
    for (uint64_t codes = 0; codes < (uint64_t)1 << 2 * choices->span; codes++) {
        uint64_t given = codes >> choices->span, equal = codes & (((uint64_t)1 << choices->span) - 1);
        if (equal & ~given) continue;
        struct pair pair = {.equal = equal << choices->shift, .given = given << choices->shift};
        choices->by_codes[codes] = next;
        next += list_options(program, weights, &pair, comparison, next);
    }
    return next;
}

int options_begin(struct options *options, const struct program *program, const struct weights *weights) {
    int64_t listed = 0, entries = 0;
    for (int64_t c = 0; c < program->comparison_count; c++) {
        struct choices *choices = options->choices + c;
        place_choices(choices, columns_of(program, c));
        int64_t size = tabled(choices) ? (int64_t)1 << 2 * choices->span : 0;
        entries += size;
        listed += (size ? size : BATCH) * program->comparisons[c].levels;
    }
    options->listed = malloc((size_t)listed * sizeof *options->listed);
    options->tables = malloc((size_t)(entries + 1) * sizeof *options->tables);
    if (!options->listed || !options->tables) return OUT_OF_MEMORY;
    struct option *next = options->listed;
    const struct option **table = options->tables;
    for (int64_t c = 0; c < program->comparison_count; c++) {
        struct choices *choices = options->choices + c;
        choices->by_codes = tabled(choices) ? table : NULL;
        choices->room = next;
        if (choices->by_codes) {
            next = fill_table(program, weights, c, choices, next);
            table += (int64_t)1 << 2 * choices->span;
        } else {
            next += BATCH * program->comparisons[c].levels;
        }
    }
    return DONE;
}

void options_end(struct options *options) {
    free(options->listed);
    free(options->tables);
}

/* The options of the pair at a place of the batch. */
const struct option *options_of(const struct options *options, const struct program *program,
                                const struct weights *weights, const struct pair *pair, int64_t comparison,
                                int64_t place) {
    const struct choices *choices = options->choices + comparison;
    if (choices->by_codes) return choices->by_codes[codes_of(choices, pair)];
    struct option *listed = choices->room + place * program->comparisons[comparison].levels;
    list_options(program, weights, pair, comparison, listed);
    return listed;
}
