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

#if defined(__AVX2__)
#include <immintrin.h>

enum { LANES = 8 };

/* The next tokens of a list, in their order; lanes beyond its end get `none`, which is no token and not that of the
 * other list. */
static __m256i tokens_at(const struct token *tokens, int64_t left, int32_t none) {
    __m256i lane = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7);
    __m256i here = _mm256_cmpgt_epi32(_mm256_set1_epi32(left < LANES ? (int32_t)left : LANES), lane);
    __m256i pairs = _mm256_permutevar8x32_epi32(here, _mm256_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3));
    __m256i rest = _mm256_permutevar8x32_epi32(here, _mm256_setr_epi32(4, 4, 5, 5, 6, 6, 7, 7));
    __m256 low = _mm256_castsi256_ps(_mm256_maskload_epi32((const int32_t *)tokens, pairs));
    __m256 high = _mm256_castsi256_ps(_mm256_maskload_epi32((const int32_t *)(tokens + LANES / 2), rest));
    /* Every other number is a token: 0 1 4 5 2 3 6 7 of them, then put in order. */
    __m256i mixed = _mm256_castps_si256(_mm256_shuffle_ps(low, high, 0x88));
    __m256i ordered = _mm256_permute4x64_epi64(mixed, 0xD8);
    return _mm256_blendv_epi8(_mm256_set1_epi32(none), ordered, here);
}

/* Which lanes of x are in y, and which of y in x: every lane of x with y turned by one lane, seven times. */
static uint32_t lanes_shared(__m256i x, __m256i y, uint32_t *of_y) {
    const __m256i turn = _mm256_setr_epi32(1, 2, 3, 4, 5, 6, 7, 0);
    __m256i same[LANES], any = _mm256_setzero_si256();
    for (int r = 0; r < LANES; r++) {
        same[r] = _mm256_cmpeq_epi32(x, y);
        any = _mm256_or_si256(any, same[r]);
        y = _mm256_permutevar8x32_epi32(y, turn);
    }
    uint32_t of_x = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(any));
    *of_y = 0;
    for (int r = 0; of_x && r < LANES; r++) {
        uint32_t mask = (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(same[r]));
        *of_y |= (mask << r | mask >> (LANES - r)) & 0xFF;
    }
    return of_x;
}

/* Eight tokens of each at a time; whichever eight end first make room for the next. */
static double product_of(const struct token *x, int64_t xs, const struct token *y, int64_t ys) {
    double sum = 0.0;
    for (int64_t i = 0, j = 0; i < xs && j < ys;) {
        uint32_t in_y, in_x = lanes_shared(tokens_at(x + i, xs - i, -1), tokens_at(y + j, ys - j, -2), &in_y);
        for (; in_x; in_x &= in_x - 1, in_y &= in_y - 1) {
            sum += (double)x[i + __builtin_ctz(in_x)].weight * (double)y[j + __builtin_ctz(in_y)].weight;
        }
        int64_t last_x = i + LANES < xs ? i + LANES : xs, last_y = j + LANES < ys ? j + LANES : ys;
        bool next_x = x[last_x - 1].token <= y[last_y - 1].token;
        bool next_y = y[last_y - 1].token <= x[last_x - 1].token;
        i = next_x ? last_x : i;
        j = next_y ? last_y : j;
    }
    return sum;
}
#else
static double product_of(const struct token *x, int64_t xs, const struct token *y, int64_t ys) {
    double sum = 0.0;
    for (int64_t i = 0, j = 0; i < xs && j < ys;) {
        int32_t a = x[i].token, b = y[j].token;
        if (a == b) sum += (double)x[i].weight * (double)y[j].weight;
        i += a <= b;
        j += b <= a;
    }
    return sum;
}
#endif

/* The dot product, summed in the order of the tokens, so that it is the same wherever it is computed. */
double vectors_product(const struct column *column, int32_t a, int32_t b) {
    int64_t i = column->token_starts[a], j = column->token_starts[b];
    return product_of(column->tokens + i, column->token_starts[a + 1] - i, column->tokens + j,
                      column->token_starts[b + 1] - j);
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
