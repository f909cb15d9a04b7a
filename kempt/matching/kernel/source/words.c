/* Comparators of words and of sparse vectors. */
#include "kernel.h"

/* Shared words over all words, each counted once. */
double words_shared(const struct column *column, int32_t a, int32_t b) {
    int64_t i = column->word_starts[a], end_a = column->word_starts[a + 1];
    int64_t j = column->word_starts[b], end_b = column->word_starts[b + 1];
    int64_t all = end_a - i + end_b - j, shared = 0;
    while (i < end_a && j < end_b) {
        int32_t x = column->words[i], y = column->words[j];
        shared += x == y;
        i += x <= y;
        j += y <= x;
    }
    return all ? (double)shared / (double)(all - shared) : 0.0;
}

/* The dot product, summed in the order of the tokens, so that it is the same wherever it is computed. */
double vectors_product(const struct column *column, int32_t a, int32_t b) {
    int64_t i = column->token_starts[a], end_a = column->token_starts[a + 1];
    int64_t j = column->token_starts[b], end_b = column->token_starts[b + 1];
    double sum = 0.0;
    while (i < end_a && j < end_b) {
        int32_t x = column->tokens[i], y = column->tokens[j];
        if (x == y) sum += column->token_weights[i] * column->token_weights[j];
        i += x <= y;
        j += y <= x;
    }
    return sum;
}

static bool same_letters(const uint32_t *a, const uint32_t *b, int64_t count) {
    for (int64_t i = 0; i < count; i++) {
        if (a[i] != b[i]) return false;
    }
    return true;
}

/* Whether the words stand in the text in a row, from the start of a word to the end of one. */
bool words_stand_in(const uint32_t *text, int64_t length, const uint32_t *words, int64_t count) {
    for (int64_t i = 0; i + count <= length; i++) {
        bool starts = i == 0 || text[i - 1] == ' ', ends = i + count == length || text[i + count] == ' ';
        if (starts && ends && same_letters(text + i, words, count)) return true;
    }
    return false;
}
