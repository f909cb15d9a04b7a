/* What is measured of two values, and the best it can be by their descriptions alone. */
#include <math.h>
#include <stdlib.h>

#include "characters.h"
#include "kernel.h"

enum { LINE = 64 };

int scratch_begin(struct scratch *scratch, const struct records *records) {
    size_t longest = (size_t)records->longest + 1;
    scratch->left = malloc(longest * sizeof(uint32_t));
    scratch->right = malloc(longest * sizeof(uint32_t));
    scratch->taken = malloc(longest * 2);
    scratch->rows = malloc(longest * 3 * sizeof(int32_t));
    return scratch->left && scratch->right && scratch->taken && scratch->rows ? DONE : OUT_OF_MEMORY;
}

void scratch_end(struct scratch *scratch) {
    free(scratch->left);
    free(scratch->right);
    free(scratch->taken);
    free(scratch->rows);
}

/* The text of a value where the fast ways may be taken: ASCII, and short enough. */
static const uint8_t *short_text(const struct column *column, const struct value *value) {
    return value->at & WIDE || value->length > SHORT ? NULL : column->narrow + (value->at & PLACE);
}

static double similarity_of(struct scratch *scratch, const struct column *column, int32_t x, int32_t y,
                            const double *needed) {
    const struct value *a = column->values + x, *b = column->values + y;
    const uint8_t *left = short_text(column, a), *right = short_text(column, b);
    if (left && right) return jaro_winkler_short(left, (int)a->length, right, (int)b->length, needed);
    return jaro_winkler_any(letters_of(column, a, scratch->left), a->length,
                            letters_of(column, b, scratch->right), b->length, scratch->taken);
}

static int64_t edits_of(struct scratch *scratch, const struct column *column, int32_t x, int32_t y, int64_t most,
                        bool swaps) {
    const struct value *a = column->values + x, *b = column->values + y;
    const uint8_t *left = short_text(column, a), *right = short_text(column, b);
    if (left && right) return edits_short(left, a->length, right, b->length, most, swaps);
    return edits_any(letters_of(column, a, scratch->left), a->length,
                     letters_of(column, b, scratch->right), b->length, most, swaps, scratch->rows);
}

/* Whether the shorter value may stand in the longer one: all its letters do. */
static bool may_contain(const struct value *a, const struct value *b) {
    return letters_shared(a, b) >= (a->length < b->length ? a->length : b->length);
}

static bool contained(struct scratch *scratch, const struct column *column, int32_t x, int32_t y) {
    const struct value *a = column->values + x, *b = column->values + y;
    const struct value *whole = a->length < b->length ? b : a, *part = whole == a ? b : a;
    return words_stand_in(letters_of(column, whole, scratch->left), whole->length,
                          letters_of(column, part, scratch->right), part->length);
}

static bool may_be_initial(const struct value *a, const struct value *b) {
    if (a->length == 0 || b->length == 0 || (a->length != 1 && b->length != 1)) return false;
    return !((a->start ^ b->start) & 0xFF);
}

static bool one_is_initial(struct scratch *scratch, const struct column *column, int32_t x, int32_t y) {
    const struct value *a = column->values + x, *b = column->values + y;
    return may_be_initial(a, b) && *letters_of(column, a, scratch->left) == *letters_of(column, b, scratch->right);
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

/* The greater, the more alike: distances are negative. Both values are given; the masks of a level see to that. What
 * the bound settles does not come here. */
double measure_value(struct scratch *scratch, const struct records *records, const struct measure *measure,
                     const struct pair *pair) {
    const struct column *column = records->columns + measure->column;
    int32_t x = pair->left[measure->column], y = pair->right[measure->column];
    switch (measure->family) {
    case JARO_WINKLER:
        return x == y ? 1.0 : similarity_of(scratch, column, x, y, measure->needed);
    case LEVENSHTEIN:
    case DAMERAU:
        if (x == y) return 0.0;
        return (double)-edits_of(scratch, column, x, y, -(int64_t)measure->worst, measure->family == DAMERAU);
    case TOKEN_OVERLAP:
        return x == y ? 1.0 : words_shared(column, x, y);
    case COSINE:
        return vectors_product(column, x, y);
    case CONTAINS:
        return x == y || contained(scratch, column, x, y);
    case INITIAL:
        return one_is_initial(scratch, column, x, y);
    case SWAPPED:
        return swapped(pair, measure);
    default:
        return -distance_between(column, x, y);
    }
}

/* The best that a measure can come to, from the values' descriptions alone; for the others, the best of all. */
double measure_bound(const struct records *records, const struct measure *measure, const struct pair *pair) {
    const struct column *column = records->columns + measure->column;
    int32_t x = pair->left[measure->column], y = pair->right[measure->column];
    switch (measure->family) {
    case JARO_WINKLER:
        return x == y ? 1.0 : jaro_winkler_at_most(column->values + x, column->values + y);
    case LEVENSHTEIN:
    case DAMERAU:
        return x == y ? 0.0 : (double)-edits_at_least(column->values + x, column->values + y);
    case CONTAINS:
        return x == y || may_contain(column->values + x, column->values + y);
    case INITIAL:
        return may_be_initial(column->values + x, column->values + y);
    case SWAPPED:
        return swapped(pair, measure);
    default:
        return INFINITY;
    }
}

void fetch(const void *from, int64_t bytes) {
    for (int64_t at = 0; at < bytes; at += LINE) __builtin_prefetch((const char *)from + at);
}

/* Sends for what tells where the text or the vector of a value is. */
void value_fetch(const struct column *column, int32_t code) {
    if (column->values) __builtin_prefetch(column->values + code);
    if (column->token_starts) __builtin_prefetch(column->token_starts + code);
}

static void fetch_text(const struct column *column, int32_t code) {
    const struct value *value = column->values + code;
    if (!(value->at & WIDE)) fetch(column->narrow + (value->at & PLACE), value->length);
}

static void fetch_vector(const struct column *column, int32_t code) {
    int64_t start = column->token_starts[code], end = column->token_starts[code + 1];
    fetch(column->tokens + start, (end - start) * (int64_t)sizeof *column->tokens);
}

/* Sends for the letters or the vectors that a measure will read; their descriptions have come. */
void measure_fetch(const struct records *records, const struct measure *measure, const struct pair *pair) {
    const struct column *column = records->columns + measure->column;
    int32_t x = pair->left[measure->column], y = pair->right[measure->column];
    if (x == y) return;
    if (measure->family == COSINE) {
        fetch_vector(column, x);
        fetch_vector(column, y);
    } else if (column->values && measure->family != SWAPPED) {
        fetch_text(column, x);
        fetch_text(column, y);
    }
}
