/* Edit distances: Levenshtein, and optimal string alignment, where two neighbours that changed places are one edit.
 *
 * Levenshtein, V. I. (1966); Damerau, F. J. (1964): A Technique for Computer Detection and Correction of Spelling
 * Errors. No part of a text is edited twice, as in rapidfuzz's OSA.
 */
#include "characters.h"
#include "kernel.h"

/* No more than the distance: each letter of the longer one that finds none of its kind in the other is an edit. */
int64_t edits_at_least(const struct value *a, const struct value *b) {
    int64_t longer = a->length > b->length ? a->length : b->length, shorter = a->length + b->length - longer;
    int64_t shared = letters_shared(a, b);
    return longer - (shared < shorter ? shared : shorter);
}

/* A whole column of the matrix of distances as the bits of a word: +1 and -1 steps from letter to letter of a.
 *
 * Hyyrö, H. (2003): A Bit-Vector Algorithm for Computing Levenshtein and Damerau Edit Distances. The shorter one is a,
 * of 1 to 64 letters.
 */
static int64_t edits_by_bits(const uint8_t *a, int la, const uint8_t *b, int64_t lb, bool swaps) {
    struct letters places = letters_load(a, la);
    uint64_t up = ~(uint64_t)0, down = 0, same = 0, before = 0;
    uint64_t last = (uint64_t)1 << (la - 1), with_swaps = swaps ? ~(uint64_t)0 : 0;
    int64_t distance = la;
    for (int64_t i = 0; i < lb; i++) {
        uint64_t here = letters_equal(&places, b[i], SHORT);
        uint64_t swapped = ((~same & here) << 1) & before & with_swaps;
        same = (((here & up) + up) ^ up) | here | down | swapped;
        uint64_t right_up = down | ~(same | up), right_down = same & up;
        distance += (right_up & last) != 0;
        distance -= (right_down & last) != 0;
        right_up = right_up << 1 | 1;
        up = right_down << 1 | ~(same | right_up);
        down = right_up & same;
        before = here;
    }
    return distance;
}

/* For bytes of which the shorter fits one word. Anything above `most` is only said to be above it. */
int64_t edits_short(const uint8_t *a, int64_t la, const uint8_t *b, int64_t lb, int64_t most, bool swaps) {
    if (la > lb) return edits_short(b, lb, a, la, most, swaps);
    if (lb - la > most) return most + 1;
    for (; la && *a == *b; a++, b++, la--, lb--) continue;
    for (; la && a[la - 1] == b[lb - 1]; la--, lb--) continue;
    return la ? edits_by_bits(a, (int)la, b, lb, swaps) : lb;
}

static int32_t least(int32_t a, int32_t b) { return a < b ? a : b; }

/* For code points and any length: the textbook's matrix, three rows of it, in a band as wide as `most` edits reach.
 *
 * Ukkonen, E. (1985): Algorithms for Approximate String Matching. `rows` has room for three times lb + 1.
 */
int64_t edits_any(const uint32_t *a, int64_t la, const uint32_t *b, int64_t lb, int64_t most, bool swaps,
                  int32_t *rows) {
    if (la - lb > most || lb - la > most) return most + 1;
    int32_t beyond = (int32_t)most + 1;
    int32_t *before = rows, *above = rows + lb + 1, *row = rows + 2 * (lb + 1);
    for (int64_t j = 0; j <= lb; j++) above[j] = before[j] = least((int32_t)j, beyond);
    for (int64_t i = 1; i <= la; i++) {
        int64_t from = i > most ? i - most : 1, to = i + most < lb ? i + most : lb;
        row[from - 1] = from == 1 ? least((int32_t)i, beyond) : beyond;
        for (int64_t j = from; j <= to; j++) {
            int32_t up = j == i + most ? beyond : above[j];
            int32_t best = least(above[j - 1] + (a[i - 1] != b[j - 1]), 1 + least(up, row[j - 1]));
            if (swaps && i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                best = least(best, before[j - 2] + 1);
            }
            row[j] = least(best, beyond);
        }
        int32_t *oldest = before;
        before = above, above = row, row = oldest;
    }
    return above[lb];
}
