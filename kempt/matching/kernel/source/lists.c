/* Texts as lists of numbers: their words, and every three letters in a row; what is rare among them, and vectors. */
#include <math.h>
#include <stdlib.h>

#include "kernel.h"

/* Each three bytes in a row with no space in the middle, a space on both sides of the text: as many as it has bytes
 * that are no space. starts[v] .. starts[v + 1] of `items` are those of value v. */
EXPORT int64_t text_letters(const uint8_t *bytes, const int64_t *offsets, int64_t count, int64_t *starts,
                            int32_t *items) {
    int64_t found = 0;
    for (int64_t v = 0; v < count; v++) {
        starts[v] = found;
        for (int64_t i = offsets[v]; i < offsets[v + 1]; i++) {
            if (bytes[i] == ' ') continue;
            int32_t before = i > offsets[v] ? bytes[i - 1] : ' ', after = i + 1 < offsets[v + 1] ? bytes[i + 1] : ' ';
            items[found++] = before << 16 | (int32_t)bytes[i] << 8 | after;
        }
    }
    starts[count] = found;
    return found;
}

/* Where each word begins, and where the last one ends: words are what stands between single spaces, nothing too. */
EXPORT int64_t text_words(const uint8_t *bytes, const int64_t *offsets, int64_t count, int64_t *starts,
                          uint8_t *joined, int64_t *words) {
    int64_t found = 0, end = 0;
    for (int64_t v = 0; v < count; v++) {
        starts[v] = found;
        words[found++] = end;
        for (int64_t i = offsets[v]; i < offsets[v + 1]; i++) {
            if (bytes[i] == ' ') words[found++] = end;
            else joined[end++] = bytes[i];
        }
    }
    starts[count] = found;
    words[found] = end;
    return found;
}

static void sort_numbers(int32_t *items, int64_t count) {
    for (int64_t i = 1; i < count; i++) {
        int32_t item = items[i];
        int64_t k = i;
        for (; k > 0 && items[k - 1] > item; k--) items[k] = items[k - 1];
        items[k] = item;
    }
}

static int ascending(const void *a, const void *b) {
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return (x > y) - (x < y);
}

enum { FEW = 64 };

/* Sorts every list, keeps each number once, and tells in `times` how often it was there; returns how many are left. */
EXPORT int64_t lists_distinct(int64_t *starts, int64_t count, int32_t *items, int32_t *times) {
    int64_t kept = 0, begin = starts[0];
    for (int64_t v = 0; v < count; v++) {
        int64_t end = starts[v + 1], size = end - begin;
        if (size <= FEW) sort_numbers(items + begin, size);
        else qsort(items + begin, (size_t)size, sizeof *items, ascending);
        starts[v] = kept;
        for (int64_t i = begin; i < end; i++) {
            if (kept > starts[v] && items[kept - 1] == items[i]) {
                times[kept - 1]++;
            } else {
                items[kept] = items[i];
                times[kept++] = 1;
            }
        }
        begin = end;
    }
    starts[count] = kept;
    return kept;
}

/* How many lists have each number; `spread` begins with that of `low`. */
EXPORT void lists_spread(const int32_t *items, int64_t count, int32_t low, int32_t *spread) {
    for (int64_t i = 0; i < count; i++) spread[items[i] - low]++;
}

/* Of each list the numbers that fewest lists have, the smaller of equally rare ones first: rarest[place * count + v],
 * -1 where a list has no more. */
EXPORT void lists_rarest(const int64_t *starts, int64_t count, const int32_t *items, const int32_t *spread,
                         int64_t places, int32_t *rarest) {
    for (int64_t v = 0; v < count; v++) {
        int32_t last = -1;
        for (int64_t p = 0; p < places; p++) {
            int32_t best = -1;
            for (int64_t i = starts[v]; i < starts[v + 1]; i++) {
                int32_t item = items[i];
                bool later = last < 0 || spread[item] > spread[last] || (spread[item] == spread[last] && item > last);
                if (later && (best < 0 || spread[item] < spread[best])) best = item;
            }
            rarest[p * count + v] = best;
            last = best;
            if (best < 0) {
                for (p++; p < places; p++) rarest[p * count + v] = -1;
            }
        }
    }
}

/* Each number of each list weighed by how often it is there and how many lists have it, the weights of a list of the
 * length `length`; written from `place` on, as numbers `above` higher. */
EXPORT void lists_weigh(const int64_t *starts, int64_t count, const int32_t *items, const int32_t *times,
                        const int32_t *spread, int32_t low, const double *by_times, const double *by_spread,
                        double length, int32_t above, const int64_t *place, struct token *tokens) {
    for (int64_t v = 0; v < count; v++) {
        double square = 0.0;
        int64_t to = place[v];
        for (int64_t i = starts[v]; i < starts[v + 1]; i++) {
            double weight = by_times[times[i]] * by_spread[spread[items[i] - low]];
            square += weight * weight;
        }
        double whole = sqrt(square);
        for (int64_t i = starts[v]; i < starts[v + 1]; i++) {
            double weight = by_times[times[i]] * by_spread[spread[items[i] - low]];
            tokens[to++] = (struct token){items[i] + above, (float)(weight / whole * length)};
        }
    }
}
